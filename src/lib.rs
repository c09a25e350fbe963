//! AgentOS
