//! Which parts of the target must be drawn again, on a grid of tiles.
//!
//! The grid matches the 64×64 tiles in which software rasterisers (llvmpipe) and many GPUs work. A
//! tile is drawn again as a whole or not at all; since the tile is what such a rasteriser decides
//! on (fully or partly covered), a redrawn tile has the very bits that a full redraw gives it.

use super::pixels::PixelRect;

/// Side of a tile in pixels.
pub(crate) const TILE: u32 = 64;

/// More rectangles than this are not worth their passes over the draw list: they become one.
const MOST_RECTS: usize = 12;

/// The tiles of a target and whether each is damaged.
#[derive(Debug)]
pub(crate) struct Damage {
    size: [u32; 2],
    columns: usize,
    rows: usize,
    tiles: Vec<bool>,
    all: bool,
}

impl Damage {
    /// Nothing damaged on a target of this size in pixels.
    pub(crate) fn none(size: [u32; 2]) -> Self {
        let columns = size[0].div_ceil(TILE) as usize;
        let rows = size[1].div_ceil(TILE) as usize;
        Damage { size, columns, rows, tiles: vec![false; columns * rows], all: false }
    }

    /// Everything damaged.
    pub(crate) fn all(size: [u32; 2]) -> Self {
        Damage { all: true, ..Damage::none(size) }
    }

    /// Whether everything is damaged.
    pub(crate) fn is_all(&self) -> bool {
        self.all
    }

    /// Marks the tiles that a rectangle touches.
    pub(crate) fn mark(&mut self, rect: &PixelRect) {
        let rect = rect.intersect(&PixelRect::of_size(self.size));
        if self.all || rect.is_empty() {
            return;
        }
        let (left, right) = ((rect.min[0] / TILE) as usize, rect.max[0].div_ceil(TILE) as usize);
        for row in (rect.min[1] / TILE) as usize..rect.max[1].div_ceil(TILE) as usize {
            self.tiles[row * self.columns + left..row * self.columns + right].fill(true);
        }
    }

    /// The damage as few disjoint rectangles, top to bottom; empty when nothing is damaged.
    pub(crate) fn rects(&self) -> Vec<PixelRect> {
        if self.all {
            return vec![PixelRect::of_size(self.size)];
        }
        let mut left = self.tiles.clone();
        let mut rects = Vec::new();
        for row in 0..self.rows {
            let mut column = 0;
            while column < self.columns {
                if !left[row * self.columns + column] {
                    column += 1;
                    continue;
                }
                let (end, bottom) = self.grow(&left, row, column);
                for covered in row..bottom {
                    left[covered * self.columns + column..covered * self.columns + end].fill(false);
                }
                rects.push(self.tile_rect([column, row], [end, bottom]));
                column = end;
            }
        }
        if rects.len() > MOST_RECTS {
            let one = rects.iter().fold(PixelRect::default(), |sum, rect| sum.union(rect));
            return vec![one];
        }
        rects
    }

    /// The run of tiles that starts here, and how far down whole runs like it follow.
    fn grow(&self, left: &[bool], row: usize, column: usize) -> (usize, usize) {
        let line = |row: usize| &left[row * self.columns..(row + 1) * self.columns];
        let end = column + line(row)[column..].iter().take_while(|damaged| **damaged).count();
        let below =
            (row + 1..self.rows).take_while(|next| line(*next)[column..end].iter().all(|damaged| *damaged));
        (end, row + 1 + below.count())
    }

    fn tile_rect(&self, min: [usize; 2], max: [usize; 2]) -> PixelRect {
        let at = |tile: usize, limit: u32| (tile as u32 * TILE).min(limit);
        PixelRect {
            min: [at(min[0], self.size[0]), at(min[1], self.size[1])],
            max: [at(max[0], self.size[0]), at(max[1], self.size[1])],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_and_everything() {
        assert!(Damage::none([640, 480]).rects().is_empty());
        assert_eq!(Damage::all([640, 480]).rects(), [PixelRect::of_size([640, 480])]);
        assert!(Damage::none([0, 0]).rects().is_empty());
    }

    #[test]
    fn one_caret_is_one_tile() {
        let mut damage = Damage::none([640, 480]);
        damage.mark(&PixelRect { min: [70, 10], max: [72, 30] });
        assert_eq!(damage.rects(), [PixelRect { min: [64, 0], max: [128, 64] }]);
    }

    #[test]
    fn the_last_tile_ends_with_the_target() {
        let mut damage = Damage::none([100, 100]);
        damage.mark(&PixelRect { min: [99, 99], max: [500, 500] });
        assert_eq!(damage.rects(), [PixelRect { min: [64, 64], max: [100, 100] }]);
    }

    proptest! {
        #[test]
        fn rects_hold_all_marks_and_do_not_overlap(
            marks in prop::collection::vec((0u32..900, 0u32..700, 1u32..300, 1u32..300), 0..12),
        ) {
            let size = [800, 600];
            let mut damage = Damage::none(size);
            let marks: Vec<PixelRect> = marks
                .iter()
                .map(|(x, y, w, h)| PixelRect { min: [*x, *y], max: [x + w, y + h] }.intersect(&PixelRect::of_size(size)))
                .collect();
            for mark in &marks {
                damage.mark(mark);
            }
            let rects = damage.rects();
            prop_assert!(rects.len() <= MOST_RECTS);
            for mark in marks.iter().filter(|mark| !mark.is_empty()) {
                let covered: u64 = rects.iter().map(|rect| rect.intersect(mark)).filter(|both| !both.is_empty()).map(|both| both.area()).sum();
                prop_assert_eq!(covered, mark.area());
            }
            for (index, one) in rects.iter().enumerate() {
                for other in &rects[index + 1..] {
                    prop_assert!(one.intersect(other).is_empty());
                }
            }
        }
    }
}
