//! agentos-terminal
