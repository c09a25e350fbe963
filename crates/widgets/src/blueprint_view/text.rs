//! Text with a small subset of Markdown (`**strong**`, `*stressed*`, `` `code` ``, `[link](url)`), and figures,
//! which have digits of equal width and shrink to fit instead of wrapping.

use super::look::{Look, variant_font};
use crate::fonts;
use crate::theme::{Theme, type_size};
use blueprint::Node;
use egui::text::{LayoutJob, TextFormat};
use egui::{Align, Color32, FontId, Galley, Rect, Stroke, Ui, pos2};
use std::sync::Arc;

/// Longest text that is laid out, in bytes; the rest is cut off.
const MAX_BYTES: usize = 200_000;
/// Figures shrink down to this part of their size, then they are cut.
const LEAST_SCALE: f32 = 0.4;

/// What a text node shows.
pub(super) fn content(node: &Node) -> String {
    let mut text = node.text("content").into_owned();
    if text.len() > MAX_BYTES {
        let mut cut = MAX_BYTES;
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        text.truncate(cut);
        text.push('…');
    }
    text
}

/// Font and colour of a text node.
pub(super) fn format(theme: &Theme, node: &Node, look: &Look) -> (FontId, Color32) {
    let variant = node.text("variant");
    let (size, weight) = variant_font(&variant);
    let quiet = match &*variant {
        "caption" => theme.text.muted,
        "label" => theme.text.secondary,
        _ => theme.text.primary,
    };
    (look.font(size, weight), look.text.colour.unwrap_or(quiet))
}

/// Whether a text is drawn as one line that shrinks.
pub(super) fn is_shrinking(text: &str, font: &FontId) -> bool {
    font.size >= type_size::H2 && !text.contains('\n') && fonts::is_figure(text)
}

/// Lays a text out in a width in points.
pub(super) fn layout(ui: &Ui, theme: &Theme, node: &Node, look: &Look, width: f32) -> Arc<Galley> {
    let text = content(node);
    let (font, colour) = format(theme, node, look);
    if is_shrinking(&text, &font) {
        let galley = fonts::tabular(ui, &text, &font, colour);
        if galley.size().x <= width + 0.5 {
            return galley;
        }
        let scale = (width / galley.size().x).max(LEAST_SCALE);
        return fonts::tabular(ui, &text, &FontId::new(font.size * scale, font.family), colour);
    }
    let mut job = markdown(theme, &text, &font, colour);
    job.halign = Align::Min;
    if look.nowrap {
        job.wrap.max_rows = 1;
    }
    job.wrap.max_width = width.max(1.0);
    ui.ctx().fonts_mut(|fonts| fonts.layout_job(job))
}

/// Paints a text in its rectangle: lines aligned as asked, a text lower than the rectangle in its middle.
pub(super) fn paint(ui: &Ui, theme: &Theme, node: &Node, look: &Look, rect: Rect) {
    let galley = layout(ui, theme, node, look, rect.width().ceil() + 1.0);
    let align = look.text.align.unwrap_or(Align::Min);
    let y =
        if galley.size().y < rect.height() { rect.center().y - galley.size().y / 2.0 } else { rect.top() };
    // Rows are aligned one by one, because a galley aligns to its own widest row only.
    let free = (rect.width() - galley.size().x).max(0.0);
    let x = match align {
        Align::Min => rect.left(),
        Align::Center => rect.left() + free / 2.0,
        Align::Max => (rect.left() + free).max(rect.right() - galley.size().x),
    };
    let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(rect.expand(2.0)));
    if galley.rows.len() <= 1 || align == Align::Min {
        painter.galley(pos2(x, y), galley, theme.text.primary);
        return;
    }
    let mut job = (*galley.job).clone();
    job.halign = align;
    let galley = ui.ctx().fonts_mut(|fonts| fonts.layout_job(job));
    let anchor = if align == Align::Center { rect.center().x } else { rect.right() };
    painter.galley(pos2(anchor, y), galley, theme.text.primary);
}

/// Splits a text into plain and marked pieces.
fn markdown(theme: &Theme, text: &str, font: &FontId, colour: Color32) -> LayoutJob {
    let plain = TextFormat::simple(font.clone(), colour);
    let mut job = LayoutJob::default();
    let mut rest = text;
    let mut before = ' ';
    while let Some(at) = rest.find(['*', '`', '[']) {
        let (head, tail) = rest.split_at(at);
        job.append(head, 0.0, plain.clone());
        before = head.chars().next_back().unwrap_or(before);
        let (used, shown, format) = marked(theme, tail, before, &plain).unwrap_or_else(|| {
            let mark = tail.chars().next().map_or(0, char::len_utf8);
            (mark, &tail[..mark], plain.clone())
        });
        job.append(shown, 0.0, format);
        before = tail[..used].chars().next_back().unwrap_or(before);
        rest = &tail[used..];
    }
    job.append(rest, 0.0, plain);
    job
}

/// The marked piece at the start of `tail`: bytes used, what is shown, how.
fn marked<'t>(
    theme: &Theme,
    tail: &'t str,
    before: char,
    plain: &TextFormat,
) -> Option<(usize, &'t str, TextFormat)> {
    let with_font = |font: FontId| TextFormat { font_id: font, ..plain.clone() };
    let size = plain.font_id.size;
    if let Some(rest) = tail.strip_prefix("**") {
        let end = closing(rest, "**")?;
        return Some((end + 4, &rest[..end], with_font(fonts::semibold(size))));
    }
    if let Some(rest) = tail.strip_prefix('*') {
        // `2*3*4` is arithmetic: stress needs a word boundary before it.
        if before.is_alphanumeric() {
            return None;
        }
        let end = closing(rest, "*")?;
        let after = rest[end + 1..].chars().next();
        if after.is_some_and(char::is_alphanumeric) {
            return None;
        }
        return Some((end + 2, &rest[..end], TextFormat { italics: true, ..plain.clone() }));
    }
    if let Some(rest) = tail.strip_prefix('`') {
        let end = rest.find('`').filter(|end| *end > 0 && !rest[..*end].contains('\n'))?;
        let format = TextFormat { background: theme.control.fill, ..with_font(fonts::mono(size * 0.95)) };
        return Some((end + 2, &rest[..end], format));
    }
    let rest = tail.strip_prefix('[')?;
    let (label, target) = rest.split_once("](")?;
    let end = target.find(')')?;
    if label.is_empty() || label.contains(['\n', '[']) || target[..end].contains(char::is_whitespace) {
        return None;
    }
    let format = TextFormat {
        color: theme.accent.text,
        underline: Stroke::new(1.0, theme.accent.text),
        ..plain.clone()
    };
    Some((label.len() + end + 4, label, format))
}

/// Where a mark ends: not empty, no space just inside, on the same line.
fn closing(rest: &str, mark: &str) -> Option<usize> {
    let end = rest.find(mark)?;
    let inside = &rest[..end];
    (!inside.is_empty() && !inside.contains('\n') && inside.trim() == inside).then_some(end)
}

/// One line of text cut with an ellipsis, for labels that a component draws itself.
pub(super) fn single_line(ui: &Ui, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(1.0));
    ui.ctx().fonts_mut(|fonts| fonts.layout_job(job))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Appearance;

    fn pieces(text: &str) -> Vec<(String, bool, bool)> {
        let theme = Theme::new(&Appearance::default());
        let job = markdown(&theme, text, &fonts::body(), Color32::WHITE);
        job.sections
            .iter()
            .map(|section| {
                let range = section.byte_range.start.0..section.byte_range.end.0;
                let strong = section.format.font_id.family == fonts::semibold(1.0).family;
                (job.text[range].to_owned(), strong, section.format.italics)
            })
            .filter(|(text, _, _)| !text.is_empty())
            .collect()
    }

    #[test]
    fn marks_are_read_and_arithmetic_is_left_alone() {
        let piece = |text: &str, strong, stressed| (text.to_owned(), strong, stressed);
        assert_eq!(
            pieces("a **b** c"),
            [piece("a ", false, false), piece("b", true, false), piece(" c", false, false)]
        );
        assert_eq!(pieces("*x*"), [piece("x", false, true)]);
        let joined = |text| pieces(text).into_iter().map(|(text, _, _)| text).collect::<String>();
        for same in ["2*3*4", "a * b * c", "**", "[x](", "[x] (y)", "`", "***", "5 ** 2 ** 1"] {
            assert_eq!(joined(same), same);
        }
        assert_eq!(joined("see [docs](http://x.y) now"), "see docs now");
    }
}
