"""A process of its own that acts on the test database and is killed in the middle."""

import os
import signal
import traceback

from django.db import connection, connections


def killed(call, *, after, times=1):
    """Take the step in another process; kill it (-9) after a statement was executed.

    `after` is how the statement begins, `times` how often it is seen before. Says
    whether the process was killed; it was not if the statement never came.
    """
    # A connection is never shared with the child, whose end would end it.
    connections.close_all()
    child = os.fork()
    if child:
        _child, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)
    try:
        with connection.execute_wrapper(_Killer(after, times)):
            call()
    except BaseException:
        # Into what the test's report shows.
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


class _Killer:
    def __init__(self, after, times):
        self.after, self.left = after, times

    def __call__(self, execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if sql.startswith(self.after):
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)
        return done
