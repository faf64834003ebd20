//! The widget's heap: blocks whose sizes are powers of two, and for each size a list of those that were given back. After the allocator for WebAssembly in Zig's standard library.
//!
//! Hand-written because the shopper pays for it, in each of the two modules: an allocator that keeps one list for all sizes, in order, takes twice as much to say. Blocks are never joined or cut, so
//! the heap is as large as the most that was ever held of each size at once, which the limits of a beacon keep small; what is left of a page when the next block does not fit is lost.

use core::ptr::null_mut;

/// What memory grows by.
pub(crate) const PAGE_BYTES: usize = 1 << 16;

/// The least block: it holds the address of the next free one, and aligns all of them.
const LEAST_BYTES: usize = 8;

const SIZES: usize = usize::BITS as usize;

/// The blocks that are free, and the memory that was never a block.
pub(crate) struct Heap {
    /// By the size's exponent: the block that was given back last, which begins with the address of the one before it.
    free: [*mut u8; SIZES],
    fresh: *mut u8,
    fresh_bytes: usize,
}

impl Heap {
    /// No memory yet.
    pub(crate) const fn empty() -> Self {
        Self {
            free: [null_mut(); SIZES],
            fresh: null_mut(),
            fresh_bytes: 0,
        }
    }

    /// A block of at least so many bytes, at most 2 GB, aligned to eight. `grow` gives so many pages of memory, aligned to eight.
    #[expect(
        unsafe_code,
        reason = "a free block is nobody's, so its first bytes are the list's"
    )]
    pub(crate) fn take(&mut self, bytes: usize, grow: impl FnOnce(usize) -> *mut u8) -> *mut u8 {
        let exponent = exponent(bytes);
        if let Some(free) = self.free.get_mut(exponent)
            && !free.is_null()
        {
            let block = *free;
            *free = unsafe { block.cast::<*mut u8>().read() };
            return block;
        }
        let size = 1 << exponent;
        if self.fresh_bytes < size {
            let pages = size.div_ceil(PAGE_BYTES);
            (self.fresh, self.fresh_bytes) = (grow(pages), pages * PAGE_BYTES);
        }
        let block = self.fresh;
        self.fresh = block.wrapping_add(size);
        self.fresh_bytes -= size;
        block
    }

    /// Takes back a block.
    ///
    /// # Safety
    ///
    /// It came from [`take`](Self::take) for so many bytes, and nobody uses it any more.
    #[expect(unsafe_code, reason = "as above")]
    pub(crate) unsafe fn give(&mut self, block: *mut u8, bytes: usize) {
        if let Some(free) = self.free.get_mut(exponent(bytes)) {
            unsafe { block.cast::<*mut u8>().write(*free) };
            *free = block;
        }
    }
}

/// Of the least power of two that holds so many bytes.
fn exponent(bytes: usize) -> usize {
    (usize::BITS - ((bytes.max(LEAST_BYTES) - 1).leading_zeros())) as usize
}

#[cfg(test)]
#[expect(unsafe_code, reason = "plays the allocator that calls it")]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Memory as the browser gives it, never given back, and how many pages that were.
    struct Memory(usize);

    impl Memory {
        fn grow(&mut self) -> impl FnOnce(usize) -> *mut u8 {
            |pages| {
                self.0 += pages;
                Box::leak(vec![0_u64; pages * PAGE_BYTES / 8].into_boxed_slice())
                    .as_mut_ptr()
                    .cast()
            }
        }
    }

    #[test]
    fn a_block_holds_what_it_was_taken_for_and_the_least_power_of_two() {
        for (bytes, size) in [(1, 8), (8, 8), (9, 16), (16, 16), (300, 512), (8192, 8192)] {
            assert_eq!(1 << exponent(bytes), size, "{bytes}");
        }
    }

    #[test]
    fn blocks_in_use_are_aligned_and_share_no_byte_whatever_is_taken_and_given_back() {
        let (mut heap, mut memory) = (Heap::empty(), Memory(0));
        let mut used: BTreeMap<usize, usize> = BTreeMap::new();
        let mut random = 1_u32;
        for _ in 0..20_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if random >> 31 == 1 || used.len() < 2 {
                let bytes =
                    (random >> 8 & 1023) as usize * if random & 128 == 0 { 1 } else { 90 } + 1;
                let place = heap.take(bytes, memory.grow()) as usize;
                assert_eq!(place % 8, 0);
                let before = used.range(..place).next_back();
                assert!(before.is_none_or(|(place_before, bytes)| place_before + bytes <= place));
                assert!(
                    used.range(place..)
                        .next()
                        .is_none_or(|(after, _)| place + bytes <= *after)
                );
                unsafe { core::ptr::write_bytes(place as *mut u8, 0xA5, bytes) };
                used.insert(place, bytes);
            } else {
                let at = (random >> 8) as usize % used.len();
                let (&place, &bytes) = used.iter().nth(at).unwrap();
                used.remove(&place);
                unsafe { heap.give(place as *mut u8, bytes) };
            }
        }
    }

    #[test]
    fn what_was_given_back_is_taken_again_so_that_memory_does_not_grow() {
        let (mut heap, mut memory) = (Heap::empty(), Memory(0));
        let mut round = || {
            let blocks =
                [20, 400, 8192, 8, 70_000].map(|bytes| (heap.take(bytes, memory.grow()), bytes));
            for (block, bytes) in blocks {
                unsafe { heap.give(block, bytes) };
            }
            memory.0
        };
        let once = round();
        assert_eq!((0..1000).map(|_| round()).max(), Some(once));
    }
}
