//! agentos-blueprint
