//! The loops of ../loops.c in Rust:
//!
//!     cargo build --release
//!     python ../own.py target/release/libloops.so

use std::ffi::c_void;

/// The element of an argument that is `i` steps from its first one.
unsafe fn at(args: *const *mut u8, steps: *const isize, argument: usize, i: isize) -> *mut f64 {
    (*args.add(argument)).offset(i * *steps.add(argument)).cast()
}

/// "dd->d": x moved towards 0 by t.
///
/// # Safety
/// The arguments are NumPy's.
#[no_mangle]
pub unsafe extern "C" fn soft_threshold(
    args: *const *mut u8,
    dimensions: *const isize,
    steps: *const isize,
    _data: *mut c_void,
) {
    for i in 0..*dimensions {
        let (x, t) = (*at(args, steps, 0, i), *at(args, steps, 1, i));
        *at(args, steps, 2, i) = (x.abs() - t).max(0.0).copysign(x);
    }
}

/// "dd->d" with the signature "(n),()->()": the polynomial of coefficients c at x.
///
/// # Safety
/// The arguments are NumPy's.
#[no_mangle]
pub unsafe extern "C" fn horner(
    args: *const *mut u8,
    dimensions: *const isize,
    steps: *const isize,
    _data: *mut c_void,
) {
    let (n, step) = (*dimensions.add(1), *steps.add(3));
    for i in 0..*dimensions {
        let c = at(args, steps, 0, i).cast::<u8>();
        let x = *at(args, steps, 1, i);
        *at(args, steps, 2, i) =
            (0..n).fold(0.0, |y, k| y * x + *c.offset(k * step).cast::<f64>());
    }
}

/// A function of numbers, for vectorize_c.
#[no_mangle]
pub extern "C" fn huber(x: f64, delta: f64) -> f64 {
    let a = x.abs();
    if a <= delta { 0.5 * x * x } else { delta * (a - 0.5 * delta) }
}
