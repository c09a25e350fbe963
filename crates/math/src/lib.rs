//! agentos-math
