//! What `std` would otherwise bring along: an allocator and what to do in a panic.

use crate::heap::{Heap, PAGE_BYTES};
use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, unreachable};
use core::cell::UnsafeCell;

/// The module's heap. Where there is no memory left it ends the module, for the compiler then leaves out what would say so.
struct Allocator(UnsafeCell<Heap>);

#[expect(
    unsafe_code,
    reason = "the module is never shared between threads, and no block is taken or given while another is"
)]
unsafe impl Sync for Allocator {}

#[expect(
    unsafe_code,
    reason = "as above; nothing in the widget is aligned to more than eight bytes, as the heap's blocks are"
)]
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        debug_assert!(layout.align() <= 8);
        unsafe { &mut *self.0.get() }.take(layout.size(), |pages| {
            let before = memory_grow(0, pages);
            if before == usize::MAX {
                unreachable();
            }
            (before * PAGE_BYTES) as *mut u8
        })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { (*self.0.get()).give(block, layout.size()) }
    }
}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator(UnsafeCell::new(Heap::empty()));

/// A panic stops the module; the loader catches the trap, so the page never sees it.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unreachable()
}
