//! Box drawing and blocks (U+2500 – U+259F), drawn by us: fonts leave gaps between lines, and these must
//! join. Everything lies on whole pixels. What is no rectangle is in [`super::box_curves`].

use super::box_curves::Pen;
use egui::{Color32, Mesh, Rect, pos2};

/// Weight of one arm of a box character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arm {
    None,
    Light,
    Heavy,
    Double,
}

/// Arms to the left, right, top and bottom, one letter each: none `.`, light `l`, heavy `h`, double
/// `d`. In the order of the code points from U+2500; four dots stand for what is no rectangle
/// (dashes, diagonals, round corners).
const ARMS: &str = "\
ll.. hh.. ..ll ..hh .... .... .... .... .... .... .... .... \
.l.l .h.l .l.h .h.h l..l h..l l..h h..h .ll. .hl. .lh. .hh. l.l. h.l. l.h. h.h. \
.lll .hll .lhl .llh .lhh .hhl .hlh .hhh l.ll h.ll l.hl l.lh l.hh h.hl h.lh h.hh \
ll.l hl.l lh.l hh.l ll.h hl.h lh.h hh.h lll. hll. lhl. hhl. llh. hlh. lhh. hhh. \
llll hlll lhll hhll llhl lllh llhh hlhl lhhl hllh lhlh hhhl hhlh hlhh lhhh hhhh \
.... .... .... .... \
dd.. ..dd .d.l .l.d .d.d d..l l..d d..d .dl. .ld. .dd. d.l. l.d. d.d. \
.dll .ldd .ddd d.ll l.dd d.dd dd.l ll.d dd.d ddl. lld. ddd. ddll lldd dddd \
.... .... .... .... .... .... .... l... ..l. .l.. ...l h... ..h. .h.. ...h lh.. ..lh hl.. ..hl";

/// The arms of a box character, where we draw it.
fn arms(character: char) -> Option<[Arm; 4]> {
    let index = (character as usize).checked_sub(0x2500).filter(|index| *index < 0x80)?;
    let letters = ARMS.as_bytes().get(index * 5..index * 5 + 4)?;
    let mut arms = [Arm::None; 4];
    for (arm, letter) in arms.iter_mut().zip(letters) {
        *arm = match letter {
            b'l' => Arm::Light,
            b'h' => Arm::Heavy,
            b'd' => Arm::Double,
            _ => Arm::None,
        };
    }
    (arms != [Arm::None; 4]).then_some(arms)
}

/// Draws a character into its cell, where it is one of ours.
pub(super) fn draw(mesh: &mut Mesh, character: char, cell: Rect, pixel: f32, color: Color32) -> bool {
    if (Pen { mesh, cell, pixel, color }).draw(character) {
        return true;
    }
    if let Some(arms) = arms(character) {
        draw_arms(mesh, arms, cell, pixel, color);
        return true;
    }
    match character {
        '\u{2580}'..='\u{259f}' => draw_block(mesh, character, cell, pixel, color),
        _ => return false,
    }
    true
}

fn draw_arms(mesh: &mut Mesh, [left, right, up, down]: [Arm; 4], cell: Rect, pixel: f32, color: Color32) {
    let snap = |points: f32| (points / pixel).round() * pixel;
    let light = snap(cell.width() / 8.0).max(pixel);
    let (x, y) = (snap(cell.center().x - light / 2.0), snap(cell.center().y - light / 2.0));
    // Along the first axis, from the centre towards `end`; turned for the second.
    let mut arm = |weight: Arm, opposite: Arm, sides: [Arm; 2], horizontal: bool, end: f32| {
        let (along, across) = if horizontal { (x, y) } else { (y, x) };
        let forwards = end > along;
        let mut line = |start: f32, offset: f32, thickness: f32| {
            let (from, to) = if forwards { (start, end) } else { (end, start + light) };
            let (from, to) = (from.min(to), from.max(to));
            let rect = if horizontal {
                Rect::from_min_max(pos2(from, across + offset), pos2(to, across + offset + thickness))
            } else {
                Rect::from_min_max(pos2(across + offset, from), pos2(across + offset + thickness, to))
            };
            mesh.add_colored_rect(rect, color);
        };
        let outwards = if forwards { light } else { -light };
        match weight {
            Arm::None => {}
            Arm::Light | Arm::Heavy => {
                let heavy = weight == Arm::Heavy;
                // Meets the far line of a double one, or the near one where that runs through.
                let start = match sides {
                    [Arm::Double, Arm::Double] if opposite == Arm::None => along + outwards,
                    [Arm::Double, _] | [_, Arm::Double] => along - outwards,
                    // Corners of heavy lines are filled to their outer edge.
                    [Arm::Heavy, _] | [_, Arm::Heavy] => along - outwards,
                    _ => along,
                };
                let (offset, thickness) = if heavy { (-light, 3.0 * light) } else { (0.0, light) };
                line(start, offset, thickness);
            }
            Arm::Double => {
                // Each of the two lines turns into the double arm on its own side, or goes around the
                // corner of the one on the other side.
                for (near, far, offset) in [(sides[0], sides[1], -light), (sides[1], sides[0], light)] {
                    let start = match (near, far) {
                        (Arm::Double, _) => along + outwards,
                        (_, Arm::Double) => along - outwards,
                        _ => along,
                    };
                    line(start, offset, light);
                }
            }
        }
    };
    arm(left, right, [up, down], true, cell.left());
    arm(right, left, [up, down], true, cell.right());
    arm(up, down, [left, right], false, cell.top());
    arm(down, up, [left, right], false, cell.bottom());
}

fn draw_block(mesh: &mut Mesh, character: char, cell: Rect, pixel: f32, color: Color32) {
    /// Quadrants of U+2596 to U+259F: upper left 1, upper right 2, lower left 4, lower right 8.
    const QUADRANTS: [u8; 10] = [4, 8, 1, 1 | 4 | 8, 1 | 8, 1 | 2 | 4, 1 | 2 | 8, 2, 2 | 4, 2 | 4 | 8];
    let snap = |points: f32| (points / pixel).round() * pixel;
    // Fractions of the cell, in eighths, from the top left.
    let mut part = |left: f32, top: f32, right: f32, bottom: f32, color: Color32| {
        let x = |eighths: f32| cell.left() + snap(cell.width() * eighths / 8.0);
        let y = |eighths: f32| cell.top() + snap(cell.height() * eighths / 8.0);
        mesh.add_colored_rect(Rect::from_min_max(pos2(x(left), y(top)), pos2(x(right), y(bottom))), color);
    };
    let number = character as u32;
    match number {
        0x2580 => part(0.0, 0.0, 8.0, 4.0, color),
        0x2581..=0x2588 => part(0.0, 8.0 - (number - 0x2580) as f32, 8.0, 8.0, color),
        0x2589..=0x258f => part(0.0, 0.0, (0x2590 - number) as f32, 8.0, color),
        0x2590 => part(4.0, 0.0, 8.0, 8.0, color),
        0x2591..=0x2593 => part(0.0, 0.0, 8.0, 8.0, color.gamma_multiply((number - 0x2590) as f32 / 4.0)),
        0x2594 => part(0.0, 0.0, 8.0, 1.0, color),
        0x2595 => part(7.0, 0.0, 8.0, 8.0, color),
        _ => {
            let quadrants = QUADRANTS.get(number as usize - 0x2596).copied().unwrap_or(0);
            for (bit, left, top) in [(1, 0.0, 0.0), (2, 4.0, 0.0), (4, 0.0, 4.0), (8, 4.0, 4.0)] {
                if quadrants & bit != 0 {
                    part(left, top, left + 4.0, top + 4.0, color);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    /// The cell as text, one letter per pixel.
    fn picture(character: char) -> Vec<String> {
        let cell = Rect::from_min_size(pos2(0.0, 0.0), vec2(9.0, 9.0));
        let mut mesh = Mesh::default();
        assert!(draw(&mut mesh, character, cell, 1.0, Color32::WHITE), "{character}");
        let rects: Vec<Rect> = mesh
            .vertices
            .chunks(4)
            .map(|corners| Rect::from_points(&corners.iter().map(|it| it.pos).collect::<Vec<_>>()))
            .collect();
        let is_set =
            |x: usize, y: usize| rects.iter().any(|rect| rect.contains(pos2(x as f32 + 0.5, y as f32 + 0.5)));
        (0..9).map(|y| (0..9).map(|x| if is_set(x, y) { '#' } else { '.' }).collect()).collect()
    }

    #[test]
    fn the_table_has_a_row_for_each_character() {
        assert_eq!(ARMS.split(' ').count(), 0x80);
        assert!(ARMS.split(' ').all(|arms| arms.len() == 4));
        assert_eq!(arms('┼'), Some([Arm::Light; 4]));
        assert_eq!(arms('╋'), Some([Arm::Heavy; 4]));
        assert_eq!(arms('╬'), Some([Arm::Double; 4]));
        assert_eq!(arms('╿'), Some([Arm::None, Arm::None, Arm::Heavy, Arm::Light]));
        assert_eq!(arms('┄'), None);
        assert_eq!(arms('▀'), None);
    }

    #[test]
    fn corners_and_crossings_join() {
        assert_eq!(
            picture('┌'),
            [
                ".........",
                ".........",
                ".........",
                ".........",
                "....#####",
                "....#....",
                "....#....",
                "....#....",
                "....#....",
            ]
        );
        assert_eq!(
            picture('╔'),
            [
                ".........",
                ".........",
                ".........",
                "...######",
                "...#.....",
                "...#.####",
                "...#.#...",
                "...#.#...",
                "...#.#...",
            ]
        );
        assert_eq!(
            picture('╬'),
            [
                "...#.#...",
                "...#.#...",
                "...#.#...",
                "####.####",
                ".........",
                "####.####",
                "...#.#...",
                "...#.#...",
                "...#.#...",
            ]
        );
        assert_eq!(
            picture('╤'),
            [
                ".........",
                ".........",
                ".........",
                "#########",
                ".........",
                "#########",
                "....#....",
                "....#....",
                "....#....",
            ]
        );
    }

    #[test]
    fn every_line_reaches_the_edges_its_arms_go_to() {
        for character in ('\u{2500}'..='\u{257f}').filter(|it| arms(*it).is_some()) {
            let [left, right, up, down] = arms(character).unwrap();
            let picture = picture(character);
            let column = |x: usize| picture.iter().any(|row| row.as_bytes()[x] == b'#');
            assert_eq!(column(0), left != Arm::None, "left of {character} {picture:#?}");
            assert_eq!(column(8), right != Arm::None, "right of {character} {picture:#?}");
            assert_eq!(picture[0].contains('#'), up != Arm::None, "top of {character} {picture:#?}");
            assert_eq!(picture[8].contains('#'), down != Arm::None, "bottom of {character} {picture:#?}");
        }
    }

    #[test]
    fn blocks_fill_their_part() {
        assert_eq!(picture('▀')[3..6], ["#########", "#########", "........."].map(String::from));
        assert!(picture('█').iter().all(|row| row == "#########"));
        assert_eq!(picture('▌')[0], "#####....");
        assert_eq!(picture('▘')[0], "#####....");
        assert_eq!(picture('▗')[8], ".....####");
    }
}
