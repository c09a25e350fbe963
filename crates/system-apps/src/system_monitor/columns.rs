//! The columns of each sheet. What a narrow window leaves out is in the details.

use super::sheet::SheetId;
use crate::common::table::{Column, Width};

const PROCESSES: [Column; 8] = [
    Column::text("Name", Width::Share(1.0)),
    Column::figures("Process", 84.0),
    Column::text("State", Width::Fixed(76.0)),
    Column::figures("CPU", 62.0),
    Column::figures("Memory", 74.0),
    Column::figures("Syscalls", 80.0),
    Column::figures("Started", 76.0).from(640.0),
    Column::text("Because of", Width::Share(0.9)).from(720.0),
];
const PIPES: [Column; 8] = [
    Column::figures("Pipe", 52.0),
    Column::text("Owner", Width::Share(1.0)),
    Column::text("Reader", Width::Share(1.0)),
    Column::text("Writer", Width::Share(1.0)),
    Column::figures("Filled", 62.0),
    Column::figures("Waiting", 72.0),
    Column::figures("Written", 72.0).from(560.0),
    Column::figures("Read", 72.0).from(620.0),
];
const QUEUES: [Column; 9] = [
    Column::text("Queue", Width::Share(1.0)),
    Column::text("Owner", Width::Share(1.0)),
    Column::text("Kind", Width::Fixed(76.0)).from(480.0),
    Column::figures("Filled", 62.0),
    Column::figures("Waiting", 68.0),
    Column::figures("Bytes", 68.0),
    Column::figures("Sent", 66.0).from(560.0),
    Column::figures("Received", 72.0).from(620.0),
    Column::figures("Dropped", 70.0).from(680.0),
];
const SEGMENTS: [Column; 7] = [
    Column::figures("Segment", 66.0),
    Column::text("Owner", Width::Share(1.0)),
    Column::figures("Size", 72.0),
    Column::text("Attached", Width::Share(1.4)),
    Column::figures("Written", 72.0),
    Column::figures("Read", 72.0),
    Column::text("Host", Width::Fixed(56.0)).from(560.0),
];
const MAPPINGS: [Column; 8] = [
    Column::figures("Mapping", 66.0),
    Column::text("Owner", Width::Share(0.8)),
    Column::text("File", Width::Share(1.2)),
    Column::figures("Length", 72.0),
    Column::text("For", Width::Fixed(92.0)).from(520.0),
    Column::text("Sharing", Width::Fixed(66.0)).from(580.0),
    Column::figures("Own", 66.0).from(640.0),
    Column::figures("Written", 72.0),
];
const DESCRIPTORS: [Column; 6] = [
    Column::text("Process", Width::Share(0.8)),
    Column::figures("Number", 66.0),
    Column::text("Kind", Width::Fixed(120.0)),
    Column::text("Path", Width::Share(1.4)),
    Column::text("For", Width::Fixed(92.0)),
    Column::figures("At byte", 80.0).from(560.0),
];
const SOCKETS: [Column; 8] = [
    Column::text("Process", Width::Share(0.8)),
    Column::figures("Number", 66.0).from(620.0),
    Column::text("Protocol", Width::Fixed(80.0)),
    Column::text("State", Width::Fixed(82.0)),
    Column::text("Local", Width::Share(1.0)),
    Column::text("Remote", Width::Share(1.0)),
    Column::figures("Sent", 68.0),
    Column::figures("Received", 72.0),
];
const CONNECTIONS: [Column; 9] = [
    Column::text("Program", Width::Share(0.8)),
    Column::text("Host", Width::Share(1.1)),
    Column::text("Address", Width::Share(0.8)).from(760.0),
    Column::figures("Port", 60.0),
    Column::text("State", Width::Fixed(86.0)),
    Column::text("By rule", Width::Share(0.8)).from(560.0),
    Column::figures("Up", 66.0).from(480.0),
    Column::figures("Down", 66.0),
    Column::figures("Age", 62.0),
];
const MOUNTS: [Column; 5] = [
    Column::text("Place", Width::Share(1.0)),
    Column::text("Kind", Width::Fixed(90.0)),
    Column::text("Changes", Width::Fixed(96.0)),
    Column::figures("Used", 90.0),
    Column::figures("Room", 110.0),
];
const DENIALS: [Column; 5] = [
    Column::figures("When", 118.0),
    Column::text("What was refused", Width::Share(1.4)),
    Column::text("By rule", Width::Share(0.9)).from(640.0),
    Column::text("Would allow it", Width::Share(1.0)).from(560.0),
    Column::figures("Times", 60.0),
];
const GRANTS: [Column; 4] = [
    Column::figures("When", 118.0),
    Column::text("What happened", Width::Share(1.3)),
    Column::text("Kind", Width::Fixed(90.0)).from(480.0),
    Column::text("By rule", Width::Share(0.9)).from(640.0),
];
const JOURNAL: [Column; 6] = [
    Column::figures("Row", 66.0),
    Column::figures("When", 118.0),
    Column::text("What happened", Width::Share(1.6)),
    Column::text("Kind", Width::Fixed(104.0)).from(560.0),
    Column::text("App", Width::Fixed(110.0)).from(680.0),
    Column::figures("Process", 76.0).from(760.0),
];

impl SheetId {
    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            SheetId::Processes => &PROCESSES,
            SheetId::Pipes => &PIPES,
            SheetId::Queues => &QUEUES,
            SheetId::Segments => &SEGMENTS,
            SheetId::Mappings => &MAPPINGS,
            SheetId::Descriptors => &DESCRIPTORS,
            SheetId::Sockets => &SOCKETS,
            SheetId::Connections => &CONNECTIONS,
            SheetId::Mounts => &MOUNTS,
            SheetId::Denials => &DENIALS,
            SheetId::Grants => &GRANTS,
            SheetId::Journal => &JOURNAL,
        }
    }
}
