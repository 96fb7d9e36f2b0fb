"""A hub on your own machine, to try the course's settings: `jupyterhub -f deploy/try_hub.py`.

Not for a class: one password opens every account, and all of them have your rights. It listens to
this machine alone, and leaves what it writes in the working folder.
"""

import os
import secrets
from pathlib import Path

c = get_config()  # noqa: F821  JupyterHub gives it

here = Path(__file__).resolve().parent
os.environ["BACKPROP_LAB_COURSE"] = str(here.parent)
load_subconfig(str(here / "jupyterhub_config.py"))  # noqa: F821

password = os.environ.get("BACKPROP_LAB_PASSWORD") or secrets.token_urlsafe(8)
print(f"The password at http://127.0.0.1:8000, with any user name: {password}")

c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = password
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{Path.cwd()}/learners/{{username}}"
if os.geteuid() == 0:  # in a container
    c.Spawner.args = ["--allow-root"]
