"""JupyterHub for the course: whoever logs in finds lesson one open, in a copy of their own.

This holds for any hub, whatever its login and its machines are; docs/teaching/jupyterhub.md says
where to put it.
"""

import os

c = get_config()  # noqa: F821  JupyterHub gives it

COURSE = os.environ.get("BACKPROP_LAB_COURSE", "/opt/backprop-lab")  # where learners' servers run

c.Spawner.cmd = [f"{COURSE}/deploy/start_learner.sh"]
c.Spawner.default_url = "/lab/tree/backprop-lab/notebooks/01_take_four_steps.ipynb"
c.Spawner.mem_limit = "1G"
