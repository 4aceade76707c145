//! Doubled characters.

use pyo3::prelude::*;
use rayon::prelude::*;

#[pyfunction]
pub fn chars_zip(text: &str) -> u64 {
    let mut total = 0;
    for (left, right) in text.chars().zip(text.chars().skip(1)) {
        if left == right {
            total += 1;
        }
    }
    total
}

#[pyfunction]
pub fn chars_once(text: &str) -> u64 {
    let mut total = 0;
    let mut chars = text.chars();
    if let Some(mut left) = chars.next() {
        for right in chars {
            if left == right {
                total += 1;
            }
            left = right;
        }
    }
    total
}

#[pyfunction]
pub fn bytes_once(text: &[u8]) -> u64 {
    let mut total = 0;
    let mut bytes = text.iter();
    if let Some(mut left) = bytes.next() {
        for right in bytes {
            if left == right {
                total += 1;
            }
            left = right;
        }
    }
    total
}

#[pyfunction]
pub fn bytes_windows(text: &[u8]) -> u64 {
    text.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
}

#[pyfunction]
pub fn bytes_par_windows(text: &[u8]) -> u64 {
    text.par_windows(2)
        .filter(|pair| pair[0] == pair[1])
        .count() as u64
}
