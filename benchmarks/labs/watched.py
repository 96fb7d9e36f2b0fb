"""What a learner sees: the moments at which the picture of a cell changes in the browser."""

WATCH = """cell => {
    const image = () => cell.querySelector('.jp-Cell-outputArea img');
    const state = window.watched = { paints: [], shown: image()?.src };
    const look = () => {
        const now = image();
        if (now && now.complete && now.naturalWidth && now.src !== state.shown) {
            state.shown = now.src;
            state.paints.push([performance.now(), now.naturalWidth]);
        }
        if (window.watched === state) requestAnimationFrame(look);
    };
    look();
}"""

# The record of paints is cleared first: else the wait would end with the picture before.
PRESS = """async handle => {
    const [now, end] = ['now', 'max'].map(name => +handle.getAttribute(`aria-value${name}`));
    const key = now < end ? 'ArrowRight' : 'ArrowLeft';
    watched.paints.length = 0;
    const start = performance.now();
    handle.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    while (!watched.paints.length && performance.now() - start < 10000)
        await new Promise(requestAnimationFrame);
    if (!watched.paints.length) throw new Error(`no other picture 10 s after ${key}`);
    return watched.paints[0][0] - start;
}"""

# 60 moves at 60 Hz, to and fro so often that each of them is to another value.
# The slider listens to mouse events, not to pointer events.
DRAG = """async handle => {
    const at = handle.getBoundingClientRect();
    const track = handle.closest('.noUi-base').getBoundingClientRect();
    const y = at.y + at.height / 2;
    const send = (type, target, x) => target.dispatchEvent(new MouseEvent(type,
        { clientX: x, clientY: y, buttons: 1, button: 0, bubbles: true, cancelable: true }));
    const begin = () => send('mousedown', handle, at.x + at.width / 2);
    const move = part => send('mousemove', document.documentElement, track.x + track.width * part);
    begin();
    const values = new Set();
    for (let i = 0; i <= 60; i++) {
        move(i / 60);
        values.add(handle.getAttribute('aria-valuenow'));
    }
    send('mouseup', document.documentElement, track.x + track.width);
    await new Promise(done => setTimeout(done, 2000));
    const sweeps = 60 / Math.min(60, Math.max(1, values.size - 1));
    watched.paints.length = 0;
    send('mousedown', handle, track.x + track.width);
    const start = performance.now();
    for (let i = 1; i <= 60; i++) {
        move(Math.abs(1 - (i * sweeps / 60) % 2));
        const wait = start + 1000 * i / 60 - performance.now();
        if (wait > 0) await new Promise(done => setTimeout(done, wait));
    }
    const end = performance.now();
    send('mouseup', document.documentElement, track.x + track.width);
    await new Promise(done => setTimeout(done, 3000));
    return [start, end, watched.paints];
}"""

PLAY = """async ms => {
    watched.paints.length = 0;
    const start = performance.now();
    await new Promise(done => setTimeout(done, ms));
    return 1000 * watched.paints.length / (performance.now() - start);
}"""

REST = 1000  # ms: by then the fine picture has come, and nothing is under way
MOVING = 1500  # pixels across: only a picture at rest has more


class Watched:
    """A cell with a picture and a slider, in the browser.

    Parameters
    ----------
    course : tests.e2e.course_page.CoursePage
    index : int
        Which cell.
    slider : int
        Which of its sliders to move.
    """

    def __init__(self, course, index, slider=0):
        self.page, self.cell = course.page, course.show_cell(index)
        self.cell.wait_for_selector(".jp-Cell-outputArea img")
        handles = self.cell.query_selector_all(".noUi-handle")
        self.handle = handles[slider] if handles else None
        self.page.evaluate(WATCH, self.cell)
        self.page.wait_for_timeout(REST)

    def press(self):
        """Move the slider by a key; give the milliseconds until other pixels are to be seen.

        It goes one notch to the right, and from the end one back.
        """
        waited = self.page.evaluate(PRESS, self.handle)
        self.page.wait_for_timeout(REST)
        return waited

    def drag(self):
        """Drag for a second; give the pictures in that second, and milliseconds until the last."""
        start, end, paints = self.page.evaluate(DRAG, self.handle)
        moving = [at for at, width in paints if width < MOVING]
        during = sum(at <= end for at in moving)
        return 1000 * during / (end - start), max([0.0, *(at - end for at in moving)])

    def frames(self, click, milliseconds=3000):
        """Press a button, and give the pictures a second from then on."""
        self.cell.query_selector(click).click()
        self.page.wait_for_timeout(1000)
        rate = self.page.evaluate(PLAY, milliseconds)
        self.cell.query_selector(click).click()
        self.page.wait_for_timeout(REST)
        return rate
