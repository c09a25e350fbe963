//! The month beneath the notifications, in the host's time zone and with its first day of the week.

use super::Shell;
use crate::shell::Action;
use egui::{Align2, CornerRadius, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};
use widgets::{
    controls::{Button, ButtonKind, ControlSize},
    fonts,
    icons::Icon,
    theme::Theme,
};

/// Height of the calendar, points.
pub(super) const HEIGHT: f32 = 264.0;
const HEAD: f32 = 40.0;
const ROW: f32 = 30.0;
/// Months that one can walk away from this one.
const MOST_MONTHS: i32 = 1_200;

impl Shell {
    pub(super) fn draw_calendar(&mut self, ui: &mut Ui, theme: &Theme, area: Rect) {
        let today = super::clock::local_date(self.wall_clock.at(self.now));
        let Ok(month) = today.first_of_month().checked_add(i64::from(self.centre.months).months()) else {
            return;
        };
        let head = Rect::from_min_size(area.min, vec2(area.width(), HEAD));
        let title = month.strftime("%B %Y").to_string();
        let at = pos2(head.left() + 8.0, head.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, &title, fonts::semibold(14.0), theme.text.primary);
        let place = Rect::from_min_size(head.min, vec2(120.0, HEAD));
        ui.interact(place, Id::unique("calendar month"), Sense::hover())
            .widget_info(|| WidgetInfo::labeled(Role::Label, true, &title));
        let mut right = head.right();
        for (name, icon, by) in [
            ("Next month", Icon::CaretRight, 1),
            ("This month", Icon::Circle, 0),
            ("Previous month", Icon::CaretLeft, -1),
        ] {
            let button = Button::icon(icon, name).kind(ButtonKind::Ghost).size(ControlSize::Small);
            let size = button.desired_size(ui);
            let place = Rect::from_min_size(pos2(right - size.x, head.center().y - size.y / 2.0), size);
            right = place.left() - 2.0;
            if button.id(Id::unique(("calendar", name))).show_at(ui, place).clicked() {
                let months = if by == 0 { 0 } else { self.centre.months + by };
                self.push(Action::ShowMonth(months.clamp(-MOST_MONTHS, MOST_MONTHS)));
            }
        }
        let cell = vec2(area.width() / 7.0, ROW);
        let corner = pos2(area.left(), head.bottom());
        let first = first_weekday(&locale());
        for (column, day) in first.cycle_forward().take(7).enumerate() {
            let at = pos2(corner.x + (column as f32 + 0.5) * cell.x, corner.y + ROW / 2.0);
            ui.painter().text(at, Align2::CENTER_CENTER, short(day), fonts::medium(11.0), theme.text.muted);
        }
        for (index, date) in days(month, first).into_iter().enumerate() {
            let (row, column) = (index / 7, index % 7);
            let centre = corner + vec2((column as f32 + 0.5) * cell.x, (row as f32 + 1.5) * cell.y);
            let is_today = date == today;
            if is_today {
                let spot = Rect::from_center_size(centre, vec2(26.0, 26.0));
                ui.painter().rect_filled(spot, CornerRadius::same(13), theme.accent.fill);
                ui.interact(spot, Id::unique("calendar today"), Sense::hover()).widget_info(|| {
                    WidgetInfo::labeled(Role::Label, true, format!("today, {}", date.strftime("%A %-d %B")))
                });
            }
            let colour = match () {
                () if is_today => theme.accent.on,
                () if date.month() == month.month() => theme.text.primary,
                () => theme.text.disabled,
            };
            let font = if is_today { fonts::semibold(12.5) } else { fonts::regular(12.5) };
            ui.painter().text(centre, Align2::CENTER_CENTER, date.day(), font, colour);
        }
    }
}

/// Six weeks that hold the month which begins with `first_day`.
fn days(first_day: Date, first: Weekday) -> Vec<Date> {
    let before = i64::from(first_day.weekday().since(first));
    let start = first_day.checked_sub(before.days()).unwrap_or(first_day);
    (0..42_i64).filter_map(|day| start.checked_add(day.days()).ok()).collect()
}

fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mo",
        Weekday::Tuesday => "Tu",
        Weekday::Wednesday => "We",
        Weekday::Thursday => "Th",
        Weekday::Friday => "Fr",
        Weekday::Saturday => "Sa",
        Weekday::Sunday => "Su",
    }
}

/// The host's locale for times, such as `de_CH.UTF-8`.
fn locale() -> String {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    set("LC_ALL").or_else(|| set("LC_TIME")).or_else(|| set("LANG")).unwrap_or_default()
}

/// With which day a week begins, by the territory of a locale (Unicode CLDR, week data).
fn first_weekday(locale: &str) -> Weekday {
    let territory = locale.split(['.', '@']).next().and_then(|name| name.split('_').nth(1)).unwrap_or("");
    match territory {
        "US" | "CA" | "MX" | "BR" | "CO" | "PE" | "VE" | "JP" | "KR" | "TW" | "HK" | "IN" | "ID" | "IL"
        | "PH" | "PK" | "TH" | "ZA" | "SA" | "SG" | "KE" => Weekday::Sunday,
        "AE" | "AF" | "BH" | "DJ" | "DZ" | "EG" | "IQ" | "IR" | "JO" | "KW" | "LY" | "OM" | "QA" | "SD"
        | "SY" => Weekday::Saturday,
        _ => Weekday::Monday,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_month_is_six_weeks_that_begin_with_the_hosts_first_day() {
        let shown = days(date(2026, 11, 1), Weekday::Monday);
        assert_eq!((shown.len(), shown[0], shown[41]), (42, date(2026, 10, 26), date(2026, 12, 6)));
        let shown = days(date(2026, 11, 1), Weekday::Sunday);
        assert_eq!(shown[0], date(2026, 11, 1), "it is a Sunday");
    }

    #[test]
    fn the_territory_says_with_which_day_a_week_begins() {
        for (locale, day) in [
            ("en_US.UTF-8", Weekday::Sunday),
            ("de_CH.UTF-8", Weekday::Monday),
            ("ar_EG", Weekday::Saturday),
            ("C.UTF-8", Weekday::Monday),
            ("", Weekday::Monday),
        ] {
            assert_eq!(first_weekday(locale), day, "{locale}");
        }
    }
}
