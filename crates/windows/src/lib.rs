//! agentos-windows
