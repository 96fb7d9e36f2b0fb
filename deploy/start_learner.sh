#!/bin/sh
# Put what is new in the course into the learner's home, and start their server. What is there
# already stays as it is: it's their work.
course=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$HOME/backprop-lab"
cp -R -n "$course/notebooks" "$course/exercises" "$HOME/backprop-lab/"
export JUPYTER_CONFIG_PATH="$course/backprop_lab/cli/jupyter"
exec jupyterhub-singleuser "$@"
