// The scalars of linear algebra: float, double and the complex numbers over them, as C and NumPy
// lay them out. Wide is what sums and coefficients are taken in.
#pragma once
#include <windlass/core.h>

#include <cstdint>
#include <type_traits>

namespace windlass {

template <class R>
struct Complex {
  using Real = R;
  R re = 0, im = 0;

  constexpr Complex() = default;
  constexpr Complex(R real, R imaginary = 0) : re(real), im(imaginary) {}
  template <class Q>
  constexpr explicit Complex(Complex<Q> z) : re(R(z.re)), im(R(z.im)) {}

  constexpr Complex operator-() const { return {-re, -im}; }
  constexpr Complex &operator+=(Complex b) { return *this = *this + b; }
  constexpr Complex &operator-=(Complex b) { return *this = *this - b; }
  constexpr Complex &operator*=(Complex b) { return *this = *this * b; }
  friend constexpr Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
  friend constexpr Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
  friend constexpr Complex operator*(Complex a, Complex b) {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
  // R. L. Smith, 1962, doi 10.1145/368637.368661: neither square nor product overflows before the
  // result does.
  friend constexpr Complex operator/(Complex a, Complex b) {
    if ((b.re < 0 ? -b.re : b.re) >= (b.im < 0 ? -b.im : b.im)) {
      const R q = b.im / b.re, d = b.re + b.im * q;
      return {(a.re + a.im * q) / d, (a.im - a.re * q) / d};
    }
    const R q = b.re / b.im, d = b.re * q + b.im;
    return {(a.re * q + a.im) / d, (a.im * q - a.re) / d};
  }
  friend constexpr bool operator==(Complex a, Complex b) { return a.re == b.re && a.im == b.im; }
};

template <class T>
struct ScalarOf {
  using Real = T;
  using Wide = double;
  static constexpr bool is_complex = false;
};
template <class R>
struct ScalarOf<Complex<R>> {
  using Real = R;
  using Wide = Complex<double>;
  static constexpr bool is_complex = true;
};
template <class T>
using Real = typename ScalarOf<T>::Real;
template <class T>
using Wide = typename ScalarOf<T>::Wide;
template <class T>
inline constexpr bool is_complex = ScalarOf<T>::is_complex;

// Of half the precision.
template <class T>
using Single = std::conditional_t<is_complex<T>, Complex<float>, float>;

template <class T>
constexpr int32_t dtype_of() {
  if constexpr (std::is_same_v<T, float>) return WDL_F32;
  if constexpr (std::is_same_v<T, double>) return WDL_F64;
  if constexpr (std::is_same_v<T, Complex<float>>) return WDL_C64;
  if constexpr (std::is_same_v<T, Complex<double>>) return WDL_C128;
}

template <class T>
constexpr T conj(T x) {
  if constexpr (is_complex<T>)
    return T(x.re, -x.im);
  else
    return x;
}
template <class T>
constexpr Real<T> real(T x) {
  if constexpr (is_complex<T>)
    return x.re;
  else
    return x;
}
// |x|^2
template <class T>
constexpr Real<T> norm2(T x) {
  if constexpr (is_complex<T>)
    return x.re * x.re + x.im * x.im;
  else
    return x * x;
}
template <class T>
Real<T> magnitude(T x) {
  if constexpr (is_complex<T>)
    return sizeof(Real<T>) == 4 ? Real<T>(__builtin_hypotf(float(x.re), float(x.im)))
                                : Real<T>(__builtin_hypot(double(x.re), double(x.im)));
  else
    return x < 0 ? -x : x;
}

// One of a kind for each real scalar: tables of kernels.
template <template <class> class K>
struct OfReals {
  K<float> f32;
  K<double> f64;

  template <class T>
  constexpr const K<T> &of() const noexcept {
    if constexpr (std::is_same_v<T, float>)
      return f32;
    else
      return f64;
  }
};

// And for each scalar.
template <template <class> class K>
struct OfScalars {
  K<float> f32;
  K<double> f64;
  K<Complex<float>> c64;
  K<Complex<double>> c128;

  template <class T>
  constexpr const K<T> &of() const noexcept {
    if constexpr (std::is_same_v<T, float>) return f32;
    if constexpr (std::is_same_v<T, double>) return f64;
    if constexpr (std::is_same_v<T, Complex<float>>) return c64;
    if constexpr (std::is_same_v<T, Complex<double>>) return c128;
  }
};

// body.operator()<T>() for the scalar of a dtype of f32, f64, c64, c128 (which was checked before).
template <class Body>
decltype(auto) visit_scalar(int32_t dtype, Body &&body) {
  switch (dtype) {
    case WDL_F32:
      return body.template operator()<float>();
    case WDL_C64:
      return body.template operator()<Complex<float>>();
    case WDL_C128:
      return body.template operator()<Complex<double>>();
    default:
      return body.template operator()<double>();
  }
}

}  // namespace windlass
