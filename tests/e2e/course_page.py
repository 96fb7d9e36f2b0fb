"""The course as a learner meets it: JupyterLab in a browser, with verbs for what a learner does."""

from pathlib import Path

from playwright.sync_api import ConsoleMessage, ElementHandle, Page

ARTIFACTS = Path(__file__).with_name("artifacts")

RESTING = 1500  # ms; a lab sends a quick picture while a slider moves, and a fine one after

KERNEL_IS_IDLE = """() => {
    const session = window.jupyterapp?.shell.currentWidget?.sessionContext?.session;
    return session?.kernel?.status === 'idle';
}"""

# While a picture is being replaced there is nothing to read: null, and the caller asks again.
PIXELS = """async image => {
    await image.decode().catch(() => {});
    if (!image.complete || !image.naturalWidth) return null;
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL();
}"""

NEW_PIXELS = f"""async ([image, before]) => {{
    const now = await ({PIXELS})(image);
    return now === before ? null : now;
}}"""


class CoursePage:
    """JupyterLab in one browser tab.

    Attributes
    ----------
    page : the Playwright page, for what has no verb here
    console_errors : what the browser complained of since the tab was opened
    """

    def __init__(self, page: Page, url: str, token: str) -> None:
        self.page = page
        self.console_errors: list[str] = []
        self._url, self._token = url, token
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console_errors.append(f"{message.text} ({message.location.get('url')})")

    def open(self, notebook: str = "") -> None:
        """Open a notebook of the course by its path, or else what `backprop-lab` itself opens."""
        address = f"lab/tree/{notebook}" if notebook else ""
        self.page.goto(f"{self._url}{address}?token={self._token}")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        self.page.wait_for_function(KERNEL_IS_IDLE)

    @property
    def path(self) -> str:
        """Path of the notebook in view, relative to the course."""
        return self.page.evaluate("jupyterapp.shell.currentWidget.context.path")

    def run_all(self) -> None:
        """Run all cells and wait for the last one; JupyterLab stops at the first error."""
        self.page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        self.wait_until_idle()

    def run_cell(self, index: int) -> None:
        self.show_cell(index)
        self.page.evaluate("jupyterapp.commands.execute('notebook:run-cell')")
        self.wait_until_idle()

    def show_cell(self, index: int) -> ElementHandle:
        """Scroll to a cell, make it the active one, and return its element."""
        cell = self.page.evaluate_handle(
            """async index => {
                const notebook = jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = index;
                await notebook.scrollToItem(index, 'start');
                return notebook.widgets[index].node;
            }""",
            index,
        ).as_element()
        cell.scroll_into_view_if_needed()
        return cell

    def find_cell(self, text: str) -> int:
        """Return the index of the first code cell whose source contains `text`."""
        sources = self.page.evaluate(
            """jupyterapp.shell.currentWidget.content.widgets.map(cell =>
                cell.model.type === 'code' ? cell.model.sharedModel.getSource() : '')"""
        )
        return next(i for i, source in enumerate(sources) if text in source)

    def write(self, index: int, source: str) -> None:
        """Replace what a cell says, as a learner would who types in it."""
        self.page.evaluate(
            """([index, source]) => jupyterapp.shell.currentWidget.content.widgets[index]
                .model.sharedModel.setSource(source)""",
            [index, source],
        )

    def outputs(self, index: int) -> list[dict]:
        """Return a cell's outputs, as the notebook file would hold them."""
        return self.page.evaluate(
            """index => {
                const { model } = jupyterapp.shell.currentWidget.content.widgets[index];
                return model.type === 'code' ? model.outputs.toJSON() : [];
            }""",
            index,
        )

    def error_outputs(self) -> list[dict]:
        """Return every error that a cell of the notebook in view shows."""
        count = self.page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length")
        outputs = [output for index in range(count) for output in self.outputs(index)]
        return [output for output in outputs if output["output_type"] == "error"]

    def press(self, slider: ElementHandle, key: str) -> None:
        """Press a key, such as ArrowRight, on a slider's handle."""
        slider.focus()
        self.page.keyboard.press(key)

    def drag(self, slider: ElementHandle, pixels: int, steps: int = 10) -> None:
        """Drag a slider's handle to the right by some pixels, as a hand would: in steps."""
        box = slider.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + pixels, y, steps=steps)
        self.page.mouse.up()

    def picture(self, image: ElementHandle) -> str:
        """Return what an `<img>` shows once it has come to rest, as a data URL."""
        shown = None
        while shown != (now := self.page.wait_for_function(PIXELS, arg=image).json_value()):
            shown = now
            self.page.wait_for_timeout(RESTING)
        return shown

    def new_picture(self, image: ElementHandle, before: str) -> str:
        """Wait until an `<img>` shows something other than `before`, and return where it rests."""
        self.page.wait_for_function(NEW_PIXELS, arg=[image, before])
        return self.picture(image)

    def screenshot(self, name: str) -> Path:
        """Keep what the browser shows, as `tests/e2e/artifacts/<name>.png`."""
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path
