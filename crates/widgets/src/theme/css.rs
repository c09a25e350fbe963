//! Colours and backgrounds as Blueprint apps write them: hex, `rgb()`, `rgba()`, `hsl()`, CSS names, theme
//! tokens (`accent`, `surface`, `text-muted`, …) and `linear-gradient(…)`.
//!
//! Reading is total: what is not understood is `None`, and the caller draws as if it were not there.

use super::colour::hex;
use super::tokens::Theme;
use egui::Color32;

/// What fills a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Background {
    /// One colour.
    Solid(Color32),
    /// Two colours along an angle in degrees: 0 goes up, 90 to the right, as in CSS.
    Gradient {
        /// Where the line points, in degrees.
        angle_degrees: f32,
        /// Colour at the start.
        from: Color32,
        /// Colour at the end.
        to: Color32,
    },
}

/// Reads a colour. Tokens follow the theme; the rest is fixed.
#[must_use]
pub fn parse_colour(theme: &Theme, text: &str) -> Option<Color32> {
    let text = text.trim();
    if text.len() > 96 {
        return None;
    }
    if let Some(digits) = text.strip_prefix('#') {
        return parse_hex(digits);
    }
    if let Some((name, args)) = function(text) {
        return parse_function(name, args);
    }
    let name = text.strip_prefix('$').unwrap_or(text).to_ascii_lowercase();
    token(theme, &name).or_else(|| named(&name))
}

/// Reads a colour for text and symbols: the tokens of the accent and of states mean their readable variant.
#[must_use]
pub fn parse_text_colour(theme: &Theme, text: &str) -> Option<Color32> {
    let name = text.trim();
    match name.strip_prefix('$').unwrap_or(name).to_ascii_lowercase().as_str() {
        "accent" | "primary" => Some(theme.accent.text),
        "danger" | "error" => Some(theme.danger.text),
        "success" => Some(theme.success.text),
        "warning" => Some(theme.warning.text),
        "info" => Some(theme.info.text),
        _ => parse_colour(theme, text),
    }
}

/// Reads a colour or a gradient.
#[must_use]
pub fn parse_background(theme: &Theme, text: &str) -> Option<Background> {
    parse_gradient(theme, text).or_else(|| parse_colour(theme, text).map(Background::Solid))
}

/// Reads `linear-gradient([angle | to side,] colour [stop], …)`. Of more than two colours the first and the
/// last count.
#[must_use]
pub fn parse_gradient(theme: &Theme, text: &str) -> Option<Background> {
    let (name, args) = function(text.trim())?;
    if name != "linear-gradient" {
        return None;
    }
    let mut parts = split_top_level(args);
    let angle_degrees = match parts.first().and_then(|first| parse_angle(first)) {
        Some(angle) => {
            parts.remove(0);
            angle
        }
        None => 180.0,
    };
    let stop = |part: &str| {
        let part = part.trim();
        parse_colour(theme, part)
            .or_else(|| part.rsplit_once(' ').and_then(|(colour, _stop)| parse_colour(theme, colour)))
    };
    let from = stop(parts.first()?)?;
    let to = stop(parts.last()?)?;
    Some(Background::Gradient { angle_degrees, from, to })
}

fn parse_angle(text: &str) -> Option<f32> {
    let text = text.trim();
    if let Some(degrees) = text.strip_suffix("deg") {
        return degrees.trim().parse::<f32>().ok().filter(|angle| angle.is_finite());
    }
    match text.strip_prefix("to ")?.trim() {
        "top" => Some(0.0),
        "right" => Some(90.0),
        "bottom" => Some(180.0),
        "left" => Some(270.0),
        "top right" | "right top" => Some(45.0),
        "bottom right" | "right bottom" => Some(135.0),
        "bottom left" | "left bottom" => Some(225.0),
        "top left" | "left top" => Some(315.0),
        _ => None,
    }
}

/// `name(args)` as name and args.
fn function(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('(')?;
    Some((name.trim(), rest.strip_suffix(')')?))
}

/// Splits at commas that are not inside parentheses.
fn split_top_level(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, ch) in text.char_indices() {
        match ch {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn parse_hex(digits: &str) -> Option<Color32> {
    if !digits.is_ascii() {
        return None;
    }
    let short = |at: usize| u8::from_str_radix(&digits[at..=at], 16).ok().map(|v| v * 17);
    let long = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    match digits.len() {
        3 => Some(Color32::from_rgb(short(0)?, short(1)?, short(2)?)),
        4 => Some(Color32::from_rgba_unmultiplied(short(0)?, short(1)?, short(2)?, short(3)?)),
        6 => Some(Color32::from_rgb(long(0)?, long(2)?, long(4)?)),
        8 => Some(Color32::from_rgba_unmultiplied(long(0)?, long(2)?, long(4)?, long(6)?)),
        _ => None,
    }
}

fn parse_function(name: &str, args: &str) -> Option<Color32> {
    let args: Vec<&str> = args.split([',', ' ', '/']).filter(|part| !part.is_empty()).collect();
    if !(3..=4).contains(&args.len()) {
        return None;
    }
    let number = |text: &str, whole: f32| {
        let value = match text.strip_suffix('%') {
            Some(percent) => percent.parse::<f32>().ok()? / 100.0 * whole,
            None => text.trim_end_matches("deg").parse::<f32>().ok()?,
        };
        value.is_finite().then_some(value)
    };
    let opacity = args.get(3).map_or(Some(1.0), |text| number(text, 1.0))?;
    let alpha = (opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
    let [r, g, b] = match name {
        "rgb" | "rgba" => [number(args[0], 255.0)?, number(args[1], 255.0)?, number(args[2], 255.0)?],
        "hsl" | "hsla" => hsl(number(args[0], 360.0)?, number(args[1], 1.0)?, number(args[2], 1.0)?),
        _ => return None,
    };
    let byte = |v: f32| v.round().clamp(0.0, 255.0) as u8;
    Some(Color32::from_rgba_unmultiplied(byte(r), byte(g), byte(b), alpha))
}

/// Hue in degrees, saturation and lightness 0 to 1, to channels 0 to 255 (CSS Color 4, section 7.1).
fn hsl(hue: f32, saturation: f32, lightness: f32) -> [f32; 3] {
    let (saturation, lightness) = (saturation.clamp(0.0, 1.0), lightness.clamp(0.0, 1.0));
    let amount = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|n| {
        let k = (n + hue / 30.0).rem_euclid(12.0);
        255.0 * (lightness - amount * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0))
    })
}

fn token(theme: &Theme, name: &str) -> Option<Color32> {
    Some(match name {
        "accent" | "primary" => theme.accent.fill,
        "accent-text" => theme.accent.text,
        "accent-soft" => theme.accent.soft,
        "on-accent" => theme.accent.on,
        "surface" | "background" => theme.surface.window,
        "panel" => theme.surface.panel,
        "raised" | "card" => theme.surface.raised,
        "sunken" => theme.surface.sunken,
        "control" => theme.control.fill,
        "control-strong" => theme.control.hover,
        "border" | "outline" => theme.surface.outline,
        "divider" => theme.surface.divider,
        "text" | "text-primary" => theme.text.primary,
        "text-secondary" | "secondary" => theme.text.secondary,
        "text-muted" | "muted" => theme.text.muted,
        "danger" | "error" => theme.danger.fill,
        "danger-text" => theme.danger.text,
        "danger-soft" => theme.danger.soft,
        "success" => theme.success.fill,
        "success-text" => theme.success.text,
        "success-soft" => theme.success.soft,
        "warning" => theme.warning.fill,
        "warning-text" => theme.warning.text,
        "warning-soft" => theme.warning.soft,
        "info" => theme.info.fill,
        "info-text" => theme.info.text,
        "info-soft" => theme.info.soft,
        "operator" => super::accent::ACCENTS[4].fill,
        _ => {
            let index: usize = name.strip_prefix("chart-")?.parse().ok()?;
            theme.series(index.checked_sub(1)?)
        }
    })
}

/// The names of CSS Color 4 that people use.
fn named(name: &str) -> Option<Color32> {
    Some(match name {
        "transparent" | "none" => Color32::TRANSPARENT,
        "black" => hex(0x000000),
        "white" => hex(0xffffff),
        "gray" | "grey" => hex(0x808080),
        "lightgray" | "lightgrey" => hex(0xd3d3d3),
        "darkgray" | "darkgrey" => hex(0xa9a9a9),
        "silver" => hex(0xc0c0c0),
        "red" => hex(0xff0000),
        "crimson" => hex(0xdc143c),
        "tomato" => hex(0xff6347),
        "coral" => hex(0xff7f50),
        "orange" => hex(0xffa500),
        "gold" => hex(0xffd700),
        "yellow" => hex(0xffff00),
        "lime" => hex(0x00ff00),
        "green" => hex(0x008000),
        "teal" => hex(0x008080),
        "cyan" | "aqua" => hex(0x00ffff),
        "skyblue" => hex(0x87ceeb),
        "blue" => hex(0x0000ff),
        "royalblue" => hex(0x4169e1),
        "navy" => hex(0x000080),
        "indigo" => hex(0x4b0082),
        "purple" => hex(0x800080),
        "violet" => hex(0xee82ee),
        "magenta" | "fuchsia" => hex(0xff00ff),
        "pink" => hex(0xffc0cb),
        "hotpink" => hex(0xff69b4),
        "brown" => hex(0xa52a2a),
        "maroon" => hex(0x800000),
        "olive" => hex(0x808000),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Appearance;

    #[test]
    fn reads_what_people_write_and_nothing_else() {
        let theme = Theme::new(&Appearance::default());
        let rgb = Color32::from_rgb;
        for (text, expected) in [
            ("#f80", Some(rgb(255, 136, 0))),
            ("#ff8800", Some(rgb(255, 136, 0))),
            ("#ff880080", Some(Color32::from_rgba_unmultiplied(255, 136, 0, 128))),
            ("rgb(1, 2, 3)", Some(rgb(1, 2, 3))),
            ("rgb(1 2 3 / 50%)", Some(Color32::from_rgba_unmultiplied(1, 2, 3, 128))),
            ("rgba(0,0,0,0.5)", Some(Color32::from_rgba_unmultiplied(0, 0, 0, 128))),
            ("hsl(120, 100%, 50%)", Some(rgb(0, 255, 0))),
            ("White", Some(rgb(255, 255, 255))),
            ("accent", Some(theme.accent.fill)),
            ("$text-muted", Some(theme.text.muted)),
            ("chart-1", Some(theme.chart[0])),
            ("chart-0", None),
            ("#ff88é0", None),
            ("#12", None),
            ("rgb(a,b,c)", None),
            ("rgb(nan,0,0)", None),
            ("mauve-ish", None),
            ("", None),
        ] {
            assert_eq!(parse_colour(&theme, text), expected, "{text}");
        }
    }

    #[test]
    fn reads_gradients() {
        let theme = Theme::new(&Appearance::default());
        let gradient = |text| parse_background(&theme, text);
        let (from, to) = (Color32::from_rgb(255, 0, 0), Color32::from_rgb(0, 0, 255));
        let expected = |angle_degrees| Some(Background::Gradient { angle_degrees, from, to });
        assert_eq!(gradient("linear-gradient(red, blue)"), expected(180.0));
        assert_eq!(gradient("linear-gradient(135deg, #f00 0%, rgb(0,0,255) 100%)"), expected(135.0));
        assert_eq!(gradient("linear-gradient(to right, red, green, blue)"), expected(90.0));
        assert_eq!(gradient("linear-gradient(to the moon, red)"), None);
        assert_eq!(gradient("linear-gradient("), None);
        assert_eq!(gradient("radial-gradient(red, blue)"), None);
    }
}
