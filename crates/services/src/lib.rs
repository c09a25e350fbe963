//! agentos-services
