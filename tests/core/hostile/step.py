"""Calls from inside a solver's callback, where the step that it is told of can be asked."""

from .judge import Judge


class StepJudge(Judge):
    def run(self):
        world, raised = self.world, []

        @world.ffi.callback("wdl_step_fn")
        def callback(user, now):
            world.step = now
            try:
                super(StepJudge, self).run()
            except Exception as error:  # it must not be lost in C
                raised.append(error)
            world.step = None
            return 1

        lib = world.lib
        solver = world.make("wdl_krylov_create", b"cg")
        assert lib.wdl_krylov_callback(0, solver, callback, world.ffi.NULL) == 0
        status = world.solve(world.ctx, solver)
        for error in raised:
            raise error
        if status <= 0 or not self.calls:
            self.fail("a solve", f"answered {status}: {world.message(world.ctx)}")
        assert lib.wdl_release(solver) == 0
