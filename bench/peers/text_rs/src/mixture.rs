//! The M-step, through a plain C function.

/// One M-step as plain loops, component by component. `x` is n × d, `resp` k × n, row by row.
///
/// # Safety
/// Every pointer leads to as many doubles as its shape says.
#[no_mangle]
pub unsafe extern "C" fn m_step(
    n: usize,
    d: usize,
    k: usize,
    x: *const f64,
    resp: *const f64,
    weights: *mut f64,
    means: *mut f64,
    covariances: *mut f64,
) {
    let x = std::slice::from_raw_parts(x, n * d);
    let resp = std::slice::from_raw_parts(resp, k * n);
    let weights = std::slice::from_raw_parts_mut(weights, k);
    let means = std::slice::from_raw_parts_mut(means, k * d);
    let covariances = std::slice::from_raw_parts_mut(covariances, k * d * d);
    means.fill(0.0);
    covariances.fill(0.0);
    for c in 0..k {
        let r = &resp[c * n..(c + 1) * n];
        let mean = &mut means[c * d..(c + 1) * d];
        let covariance = &mut covariances[c * d * d..(c + 1) * d * d];
        let total: f64 = r.iter().sum();
        for (row, &ri) in x.chunks_exact(d).zip(r) {
            for (m, &xi) in mean.iter_mut().zip(row) {
                *m += ri * xi;
            }
        }
        for m in mean.iter_mut() {
            *m /= total;
        }
        for (row, &ri) in x.chunks_exact(d).zip(r) {
            for a in 0..d {
                let left = ri * (row[a] - mean[a]);
                for b in 0..d {
                    covariance[a * d + b] += left * (row[b] - mean[b]);
                }
            }
        }
        for value in covariance.iter_mut() {
            *value /= total;
        }
        weights[c] = total / n as f64;
    }
}
