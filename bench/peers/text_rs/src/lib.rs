//! What Rust programmers write when asked for these jobs: the benchmark's peers, called through
//! PyO3 as such extensions are.

mod doubles;
mod mixture;
mod search;
mod words;

use pyo3::prelude::*;

#[pymodule]
mod text_rs {
    #[pymodule_export]
    use super::doubles::{bytes_once, bytes_par_windows, bytes_windows, chars_once, chars_zip};
    #[pymodule_export]
    use super::search::{
        count_byte, count_substring, count_substring_par, find, find_all, lines_filter,
        lines_filter_par, lines_memmem, literals, rows_substring,
    };
    #[pymodule_export]
    use super::words::{characters, split, validate, wc, wc_par, word_counts, word_counts_par};
}
