//! The desktop's own controls: small builders that draw in the tokens of the theme.
//!
//! Each has the states rest, hover, pressed, focused (a 2-point ring in accent colour) and disabled, a role
//! and a name in the accessibility tree, and works by keyboard. A builder is either added to a layout
//! (`ui.add(Button::primary("Save"))`) or put at a place (`show_at`), which is how Blueprint apps, laid
//! out by their own engine, use the same controls.
//!
//! Controls keep no state beyond egui's; they never act, they return a [`egui::Response`].

mod badge;
mod button;
mod choice;
mod list;
mod menu;
mod message;
mod progress;
mod select;
mod slider;
#[cfg(test)]
mod tests;
mod text_area;
mod text_field;
mod toggle;
mod touch;

pub use badge::{Badge, BadgeTone, KeyCaps};
pub use button::{Button, ButtonKind, ButtonLook, ControlSize};
pub use choice::{Segmented, Tabs};
pub use list::{ListRow, SidebarItem, section_header};
pub use menu::{MenuEntry, MenuList, context_menu, menu_frame, menu_popup};
pub use message::{EmptyState, error_box, tooltip, tooltip_with_keys};
pub(crate) use progress::paint_spinner;
pub use progress::{ProgressBar, Spinner};
pub use select::Select;
pub use slider::Slider;
pub use text_area::TextArea;
pub use text_field::TextField;
pub use toggle::{Checkbox, Radio, Switch};
pub use touch::{author_id, describe, focus_ring, toolbar};
