//! The pages of the System Monitor, as its side bar has them.

use super::sheet::SheetId;
use widgets::icons::Icon;

/// A page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Page {
    #[default]
    Overview,
    Events,
    Syscalls,
    Memory,
    Processes,
    Ipc,
    Descriptors,
    Sockets,
    Connections,
    Mounts,
    Security,
    Journal,
    Why,
}

impl Page {
    pub(super) const ALL: [Page; 13] = [
        Page::Overview,
        Page::Events,
        Page::Syscalls,
        Page::Memory,
        Page::Processes,
        Page::Ipc,
        Page::Descriptors,
        Page::Sockets,
        Page::Connections,
        Page::Mounts,
        Page::Security,
        Page::Journal,
        Page::Why,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Page::Overview => "Overview",
            Page::Events => "Events",
            Page::Syscalls => "Syscalls",
            Page::Memory => "Memory",
            Page::Processes => "Processes",
            Page::Ipc => "IPC",
            Page::Descriptors => "Descriptors",
            Page::Sockets => "Sockets",
            Page::Connections => "Connections",
            Page::Mounts => "Mounts",
            Page::Security => "Security",
            Page::Journal => "Journal",
            Page::Why => "Why?",
        }
    }

    pub(super) fn icon(self) -> Icon {
        match self {
            Page::Overview => Icon::Gauge,
            Page::Events => Icon::Waveform,
            Page::Syscalls => Icon::ListNumbers,
            Page::Memory => Icon::Memory,
            Page::Processes => Icon::Cpu,
            Page::Ipc => Icon::Swap,
            Page::Descriptors => Icon::Files,
            Page::Sockets => Icon::Network,
            Page::Connections => Icon::Globe,
            Page::Mounts => Icon::HardDrives,
            Page::Security => Icon::ShieldCheck,
            Page::Journal => Icon::BookOpen,
            Page::Why => Icon::Question,
        }
    }

    /// The heading that stands before it.
    pub(super) fn group(self) -> Option<&'static str> {
        match self {
            Page::Overview => Some("Live"),
            Page::Processes => Some("Objects"),
            Page::Security => Some("History"),
            _ => None,
        }
    }

    /// The tables of the page; none where it is no page of tables.
    pub(super) fn sheets(self) -> &'static [SheetId] {
        match self {
            Page::Processes => &[SheetId::Processes],
            Page::Ipc => &[SheetId::Pipes, SheetId::Queues, SheetId::Segments, SheetId::Mappings],
            Page::Descriptors => &[SheetId::Descriptors],
            Page::Sockets => &[SheetId::Sockets],
            Page::Connections => &[SheetId::Connections],
            Page::Mounts => &[SheetId::Mounts],
            Page::Security => &[SheetId::Denials, SheetId::Grants],
            Page::Journal => &[SheetId::Journal],
            Page::Overview | Page::Events | Page::Syscalls | Page::Memory | Page::Why => &[],
        }
    }
}
