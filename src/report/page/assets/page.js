// The viewer of the report: all it needs is in the page.
const sequences = JSON.parse(document.getElementById('pictures').textContent);
const byId = (id) => document.getElementById(id);
const stage = byId('stage');
const slider = byId('frame');
let playing;

function layers(frame, method, errors) {
  const own = frame.masks[method];
  const images = [image(frame.picture, '')];
  if (own) images.push(image((errors && own.errors) || own.mask, `mask of ${method}`));
  return images;
}

function image(source, alt) {
  const element = new Image();
  element.src = source;
  element.alt = alt;
  element.draggable = false;
  return element;
}

for (const cell of document.querySelectorAll('.grid .layers')) {
  const { sequence, picture, method } = cell.dataset;
  const frame = sequences
    .find(({ name }) => name === sequence)
    .frames.find(({ index }) => index === Number(picture));
  cell.replaceChildren(...layers(frame, method, true));
}

if (stage) {
  const chosen = () => sequences[byId('sequence').selectedIndex];
  const methods = (sequence) => [...new Set(sequence.frames.flatMap(({ masks }) => Object.keys(masks)))];

  const show = () => {
    const sequence = chosen();
    const frame = sequence.frames[Number(slider.value)];
    const errors = byId('errors').checked;
    byId('frame-name').textContent = frame.name;
    byId('legend').hidden = !errors;
    slider.setAttribute('aria-valuetext', `frame ${frame.name}`);
    for (const figure of stage.children) {
      figure.querySelector('.layers').replaceChildren(...layers(frame, figure.dataset.method, errors));
    }
  };

  const open = () => {
    const sequence = chosen();
    slider.max = String(sequence.frames.length - 1);
    slider.value = '0';
    stage.replaceChildren(
      ...methods(sequence).map((method) => {
        const figure = document.createElement('figure');
        const caption = document.createElement('figcaption');
        const box = document.createElement('div');
        figure.dataset.method = method;
        caption.textContent = method;
        box.className = 'layers';
        figure.append(caption, box);
        return figure;
      }),
    );
    show();
  };

  const step = (by) => {
    const count = Number(slider.max) + 1;
    slider.value = String((Number(slider.value) + by + count) % count);
    show();
  };

  const play = (on) => {
    clearInterval(playing);
    playing = on ? setInterval(() => step(1), 100) : undefined;
    byId('play').textContent = on ? 'Pause' : 'Play';
    byId('play').setAttribute('aria-pressed', String(on));
  };

  const zoom = (value) => {
    byId('zoom').value = String(value);
    stage.style.setProperty('--zoom', byId('zoom').value);
  };
  const lookAt = (x, y) => {
    stage.style.setProperty('--x', `${Math.min(100, Math.max(0, x))}%`);
    stage.style.setProperty('--y', `${Math.min(100, Math.max(0, y))}%`);
  };

  byId('sequence').addEventListener('change', open);
  slider.addEventListener('input', () => {
    play(false);
    show();
  });
  byId('errors').addEventListener('change', show);
  byId('play').addEventListener('click', () => play(playing === undefined));
  byId('opacity').addEventListener('input', () =>
    stage.style.setProperty('--opacity', byId('opacity').value),
  );
  byId('zoom').addEventListener('input', () => zoom(byId('zoom').value));

  for (const button of document.querySelectorAll('.worst button')) {
    button.addEventListener('click', () => {
      play(false);
      byId('sequence').selectedIndex = sequences.findIndex(({ name }) => name === button.dataset.sequence);
      open();
      const index = chosen().frames.findIndex((frame) => frame.index === Number(button.dataset.index));
      slider.value = String(Math.max(0, index));
      byId('errors').checked = true;
      show();
      byId('viewer').scrollIntoView({ block: 'start' });
    });
  }

  stage.addEventListener('pointermove', (event) => {
    const box = event.target.closest?.('.layers');
    if (!box || event.buttons !== 1) return;
    const { left, top, width, height } = box.getBoundingClientRect();
    lookAt((100 * (event.clientX - left)) / width, (100 * (event.clientY - top)) / height);
  });
  stage.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.shiftKey) return; // the page scrolls
      event.preventDefault();
      zoom(Number(byId('zoom').value) - Math.sign(event.deltaY + event.deltaX) * 0.25);
    },
    { passive: false },
  );

  const goTo = (index) => {
    slider.value = String(index);
    show();
  };
  const turn = (by) => {
    const list = byId('sequence');
    list.selectedIndex = (list.selectedIndex + by + sequences.length) % sequences.length;
    open();
  };

  const keys = {
    ' ': () => play(playing === undefined),
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    Home: () => goTo(0),
    End: () => goTo(slider.max),
    n: () => turn(1),
    p: () => turn(-1),
    '?': () => (byId('keys').open = !byId('keys').open),
    '+': () => zoom(Number(byId('zoom').value) + 0.5),
    '-': () => zoom(Number(byId('zoom').value) - 0.5),
    e: () => byId('errors').click(),
    o: () => {
      const next = (Number(byId('opacity').value) + 0.3) % 1.2;
      byId('opacity').value = String(Math.min(1, next));
      stage.style.setProperty('--opacity', byId('opacity').value);
    },
  };
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest('input, select, button, summary');
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  open();
}
