//! agentos-system-apps
