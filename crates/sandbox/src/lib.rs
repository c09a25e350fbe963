//! agentos-sandbox
