"""A server extension of `backprop-lab`: pictures leave for the browser at once.

Jupyter's server lets the system hold a message back until the one before was acknowledged, up to
40 ms later, and a slider that is dragged gets half as many pictures. Where that can't be changed,
the course works as without this file.
"""


def _jupyter_server_extension_points():
    return [{"module": __name__}]


def _load_jupyter_server_extension(app):
    try:
        from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

        opens = KernelWebsocketHandler.open

        def open_without_delay(self, *args, **kwargs):
            self.set_nodelay(True)
            return opens(self, *args, **kwargs)

        KernelWebsocketHandler.open = open_without_delay
    except Exception as error:  # another Jupyter Server than the ones we know
        app.log.warning(f"backprop-lab: pictures may come more slowly than they could ({error})")
