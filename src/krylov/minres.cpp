// Minimal residuals for a Hermitian A that may be indefinite or singular, preconditioned by a
// Hermitian positive definite M.
// C. C. Paige, M. A. Saunders, 1975, doi 10.1137/0712047; S.-C. T. Choi, 2006, Iterative methods
// for singular linear equations and least-squares problems, Stanford, section 2.1.
//
//   beta' y' = A z / beta - alpha y / beta - beta y- / beta-,   z = M y,  alpha = z^H A z / beta^2
//   w = (z / beta - delta w- - epsilon w--) / gamma,   x += phi w
//
// with the QR factors of the tridiagonal matrix by Givens rotations. Without M its norm falls in
// every step; with it || r ||_M does, and r is kept to know its norm.
// Whether A is Hermitian is tried on two vectors at the start, which takes two products.
//
// Keeps y, y-, y', w-, w--, an x and its residual; when preconditioned r, z, z' instead of these. A
// step moves A and 12 vectors, 17 with M. Breaks down where z^H y < 0: M is not positive definite.
// Of a singular system it finds a least-squares solution (Reason::least_squares).
#include "core/random.hpp"
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Minres {
 public:
  using S = Wide<T>;
  static Storage storage(const Shape &shape, const Settings &) {
    return {.vectors = shape.preconditioned ? 8 : 7, .sums = 4};
  }
  Minres(Space<T> &space, const Settings &)
      : s_(space), preconditioned_(space.preconditioned()), r_(space.vector(0)) {}

  void run(Monitor<T> &monitor) {
    if (!tried_ && !hermitian()) return void(monitor.broken(Reason::not_symmetric));
    tried_ = true;
    monitor.adjoint = Mode::plain;
    if (!begin(monitor)) return;
    double beta = beta_, beta_last = 0, phibar = beta, dbar = 0, epsilon = 0, cs = -1, sn = 0;
    double norm_a = 0;
    for (;;) {
      const T *z = preconditioned_ ? z_ : y_;
      const double alpha = lanczos(z, beta, beta_last);
      if (!monitor_beta(monitor)) return;
      const double beta_next = beta_;
      // A column of the tridiagonal matrix, which is A v.
      norm_a = __builtin_fmax(
          norm_a, __builtin_hypot(__builtin_hypot(beta_last > 0 ? beta : 0, alpha), beta_next));
      const double epsilon_last = epsilon, delta = cs * dbar + sn * alpha;
      const double gbar = sn * dbar - cs * alpha;
      epsilon = sn * beta_next, dbar = -cs * beta_next;
      // Of the x before this step: section 2.1.3.
      const double slope = phibar * __builtin_hypot(gbar, dbar);
      if (!preconditioned_ && settled(monitor, slope, phibar, norm_a)) return;
      const double gamma = __builtin_hypot(gbar, beta_next);
      if (!(gamma > eps_of<T> * norm_a)) return void(monitor.broken(S(gamma)));
      cs = gbar / gamma, sn = beta_next / gamma;
      const double phi = cs * phibar;
      phibar *= sn;
      const double norm = advance(z, beta, delta, epsilon_last, gamma, phi, sn,
                                  beta_next > 0 ? phibar * cs / beta_next : 0);
      turn();
      beta_last = beta, beta = beta_next;
      if (!monitor.step(preconditioned_ ? norm : phibar, s_.x)) return;
      // An invariant space: x is as good as it gets.
      if (beta <= eps_of<T> * norm_a) return void(monitor.broken());
    }
  }

 private:
  // Whether x is a least-squares solution of an inconsistent system. There ||A r|| / (||A|| ||r||)
  // falls to somewhere below sqrt(eps) and rises again, as x grows along the null space and the
  // recurrence no longer says what its residual is; in an ill-conditioned system the residual falls
  // indeed. The x where it was least is kept.
  bool settled(Monitor<T> &monitor, double slope, double norm, double norm_a) {
    const double flat = __builtin_sqrt(eps_of<T>);
    const double ratio = slope > 0 ? slope / (norm * norm_a) : 0;
    if (flattest_ < flat && (ratio > 100 * flattest_ || norm < 0.9 * flattest_norm_)) {
      if (!(s_.residual(s_.vector(6)) < 0.99 * flattest_norm_)) {
        copy(flattest_x_, s_.x);
        return monitor.stationary(0, flattest_norm_, norm_a, flat);
      }
      flattest_ = flat;
    }
    if (ratio < 0.5 * flattest_) {
      flattest_ = ratio, flattest_norm_ = norm;
      copy(s_.x, flattest_x_);
    }
    return ratio <= 4 * eps_of<T> && monitor.stationary(slope, norm, norm_a, flat);
  }
  void copy(const T *from, T *to) {
    s_.each([&](Panel c) { s_.copy(c, from, to); });
  }

  // Tried on r and numbers from a counter: w^H A v = (A w)^H v. What rounding leaves of the
  // difference has no direction, so that it counts by 1 / sqrt(n).
  bool hermitian() {
    const auto &k = s_.k;
    T *v = r_, *w = s_.vector(1), *av = s_.vector(2), *aw = s_.vector(3);
    s_.each([&](Panel c) {
      const RandomStream numbers{1, 0};
      for (int64_t i = c.first; i < c.first + c.length; i++)
        w[i] = T(Real<T>(2 * numbers.pair(i, 0).first - 1));
    });
    const auto [wav, avav] = s_.template apply<2>(v, av, [&](Panel c, S *part) {
      part[0] += k.dot(c.length, w + c.first, av + c.first);
      part[1] += S(k.norm2(c.length, av + c.first));
    });
    const auto [awv, awaw, vv, ww] = s_.template apply<4>(w, aw, [&](Panel c, S *part) {
      part[0] += k.dot(c.length, aw + c.first, v + c.first);
      part[1] += S(k.norm2(c.length, aw + c.first));
      part[2] += S(k.norm2(c.length, v + c.first));
      part[3] += S(k.norm2(c.length, w + c.first));
    });
    const double size =
        __builtin_sqrt(real(ww) * real(avav)) + __builtin_sqrt(real(awaw) * real(vv));
    const double n = s_.shape.rows > 0 ? double(s_.shape.rows) : 1;
    const double most = __builtin_sqrt(eps_of<T> / n) * size;
    return !(magnitude(wav - awv) > most);
  }

  // y = r, beta = ||y||_M; the rest is zero.
  bool begin(Monitor<T> &monitor) {
    const auto &k = s_.k;
    last_ = s_.vector(1), next_ = s_.vector(2), w_ = s_.vector(3), w_last_ = s_.vector(4);
    y_ = preconditioned_ ? s_.vector(5) : r_;
    if (preconditioned_)
      z_ = s_.vector(6), z_next_ = s_.vector(7);
    else
      flattest_x_ = s_.vector(5);
    flattest_ = __builtin_sqrt(eps_of<T>), flattest_norm_ = 0;
    s_.each([&](Panel c) {
      for (T *zero : {last_, w_, w_last_})
        std::memset(static_cast<void *>(zero + c.first), 0, size_t(c.length) * sizeof(T));
      if (preconditioned_) k.combine(c.length, S(1), r_ + c.first, S(), r_ + c.first, y_ + c.first);
    });
    size_of(y_, z_);
    return monitor_beta(monitor) && (beta_ > 0 || monitor.broken());
  }
  // z <- M y; beta^2 = z^H y.
  void size_of(const T *y, T *z) {
    const auto &k = s_.k;
    const T *other = preconditioned_ ? z : y;
    square_ = s_.template precondition<1>(y, z, [&](Panel c, S *part) {
      part[0] += k.dot(c.length, other + c.first, y + c.first);
    })[0];
    beta_ = __builtin_sqrt(real(square_));
  }
  bool monitor_beta(Monitor<T> &monitor) {
    return real(square_) >= 0 || monitor.broken(square_, Reason::indefinite);
  }

  // next <- A z / beta - (alpha / beta) y - (beta / beta_last) last; its size. Gives alpha.
  double lanczos(const T *z, double beta, double beta_last) {
    const auto &k = s_.k;
    const S back(beta_last > 0 ? -beta / beta_last : 0);
    const double alpha =
        real(s_.template apply<1>(z, next_,
                                  [&](Panel c, S *part) {
                                    k.axpby(c.length, back, last_ + c.first, S(1 / beta),
                                            next_ + c.first);
                                    part[0] += k.dot(c.length, z + c.first, next_ + c.first);
                                  })[0]) /
        beta;
    const S along(-alpha / beta);
    if (preconditioned_) {
      s_.each([&](Panel c) { k.axpy(c.length, along, y_ + c.first, next_ + c.first); });
      size_of(next_, z_next_);
      return alpha;
    }
    square_ = s_.template sums<1>([&](Panel c, S *part) {
      k.axpy(c.length, along, y_ + c.first, next_ + c.first);
      part[0] += S(k.norm2(c.length, next_ + c.first));
    })[0];
    beta_ = __builtin_sqrt(real(square_));
    return alpha;
  }

  // w-- <- (z / beta - delta w- - epsilon w--) / gamma, x += phi w--; and with M
  // r <- sn^2 r - share y', whose norm it gives.
  double advance(const T *z, double beta, double delta, double epsilon, double gamma, double phi,
                 double sn, double share) {
    const auto &k = s_.k;
    const auto body = [&](Panel c) {
      T *w = w_last_ + c.first;
      k.axpby(c.length, S(1 / (beta * gamma)), z + c.first, S(-epsilon / gamma), w);
      k.axpy(c.length, S(-delta / gamma), w_ + c.first, w);
      k.axpy(c.length, S(phi), w, s_.x + c.first);
    };
    if (!preconditioned_) {
      s_.each(body);
      return 0;
    }
    return __builtin_sqrt(real(s_.template sums<1>([&](Panel c, S *part) {
      body(c);
      k.axpby(c.length, S(-share), next_ + c.first, S(sn * sn), r_ + c.first);
      part[0] += S(k.norm2(c.length, r_ + c.first));
    })[0]));
  }
  void turn() noexcept {
    T *free = last_;
    last_ = y_, y_ = next_, next_ = free;
    T *w = w_last_;
    w_last_ = w_, w_ = w;
    T *z = z_;
    z_ = z_next_, z_next_ = z;
  }

  Space<T> &s_;
  const bool preconditioned_;
  T *const r_;
  T *last_ = nullptr, *next_ = nullptr, *w_ = nullptr, *w_last_ = nullptr, *y_ = nullptr;
  T *z_ = nullptr, *z_next_ = nullptr, *flattest_x_ = nullptr;
  double flattest_ = 0, flattest_norm_ = 0;
  S square_{};
  double beta_ = 0;
  bool tried_ = false;
};

}  // namespace

const Method minres = method<Minres>("minres", {.hermitian = true});

}  // namespace windlass::krylov
