#include "in_place.hpp"

#include <cstring>
#include <new>

#include "flags.hpp"

namespace windlass::ufunc {
namespace {

constexpr int most_arguments = 4, most_axes = 3, most_names = 4;
constexpr int most_steps = most_arguments * (1 + most_axes);

// An argument's core.
struct Axes {
  int count = 0;
  int64_t length[most_axes];
  int first_step;  // of them, among all steps

  int64_t numbers() const noexcept {
    int64_t all = 1;
    for (int i = 0; i < count; i++) all *= length[i];
    return all;
  }
};

// Returns how many names there are.
int read_signature(const Core &core, const intptr_t *dimensions, Axes *axes) noexcept {
  char names[most_names];
  int known = 0, argument = -1, step = core.inputs + core.outputs;
  for (const char *p = core.signature; *p; p++) {
    if (*p == '(') axes[++argument].first_step = step;
    if (*p < 'a' || *p > 'z') continue;
    int name = 0;
    while (name < known && names[name] != *p) name++;
    if (name == known) names[known++] = *p;
    axes[argument].length[axes[argument].count++] = dimensions[1 + name];
    step++;
  }
  return known;
}

bool is_output(const Core &core, char *const *args, int input) noexcept {
  for (int i = core.inputs; i < core.inputs + core.outputs; i++)
    if (args[i] == args[input]) return true;
  return false;
}

// From axis `axis` on, one number after the other; returns where the next goes.
char *copy_core(const Axes &axes, int axis, const intptr_t *steps, const char *from, size_t size,
                char *to) noexcept {
  if (axis == axes.count) return std::memcpy(to, from, size), to + size;
  for (int64_t i = 0; i < axes.length[axis]; i++)
    to = copy_core(axes, axis + 1, steps, from + i * steps[axis], size, to);
  return to;
}

// Copies an input, for one core; the argument and its steps are then the copy's.
char *take_apart(const Axes &axes, size_t size, char *&argument, intptr_t *steps) noexcept {
  const int64_t numbers = axes.numbers();
  char *copy = static_cast<char *>(::operator new(size_t(numbers) * size, std::nothrow));
  if (!copy) return nullptr;
  copy_core(axes, 0, steps + axes.first_step, argument, size, copy);
  argument = copy;
  intptr_t step = intptr_t(size);
  for (int i = axes.count; i-- > 0; step *= axes.length[i]) steps[axes.first_step + i] = step;
  return copy;
}

// The core number o.
void one_core(const Core &core, const Axes *axes, char *const *args, const intptr_t *dimensions,
              const intptr_t *steps, int64_t o) noexcept {
  const int arguments = core.inputs + core.outputs;
  char *own[most_arguments], *copies[most_arguments] = {};
  const Axes &last = axes[arguments - 1];
  intptr_t own_steps[most_steps];
  std::memcpy(own_steps, steps, size_t(last.first_step + last.count) * sizeof *steps);
  bool whole = true;
  for (int i = 0; i < arguments; i++) own[i] = args[i] + o * steps[i];
  for (int i = 0; i < core.inputs && whole; i++)
    if (is_output(core, args, i)) {
      const size_t size = core.types[i] == 'f' ? 4 : 8;
      copies[i] = take_apart(axes[i], size, own[i], own_steps);
      whole = copies[i];
    }
  if (whole)
    core.loop(own, dimensions, own_steps, nullptr);
  else
    flags::raise(flags::invalid);
  for (char *copy : copies) ::operator delete(copy);
}

}  // namespace

void loop_in_place(char **args, const intptr_t *dimensions, const intptr_t *steps, void *data) {
  const Core &core = *static_cast<const Core *>(data);
  bool apart = true;
  for (int i = 0; i < core.inputs; i++) apart &= !is_output(core, args, i);
  if (apart) return core.loop(args, dimensions, steps, nullptr);
  Axes axes[most_arguments];
  intptr_t of_one[1 + most_names] = {1};
  const int names = read_signature(core, dimensions, axes);
  std::memcpy(of_one + 1, dimensions + 1, size_t(names) * sizeof *dimensions);
  for (int64_t o = 0; o < dimensions[0]; o++) one_core(core, axes, args, of_one, steps, o);
}

}  // namespace windlass::ufunc
