// Loads Plotly when a figure is first drawn, once for all figures of the page, and hands on what Python
// sent until then.
//
// anywidget waits two seconds for the module of a model. A module that is later gets no message at all,
// so on a slow page a figure stays empty. Plotly's own module has 5 MB and can take longer; this one is
// there at once.

const MESSAGES = ["addTraces", "deleteTraces", "moveTraces", "restyle", "relayout", "update", "animate",
  "removeLayoutProps", "removeTraceProps"].map((name) => `_py2js_${name}`);

async function load(source) {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function plotly(model) {
  const key = Symbol.for(`plotly ${model.get("_plotly_version")}`);
  globalThis[key] ??= load(model.get("_plotly_source"));
  return globalThis[key];
}

export default () => {
  let figure, start;
  return {
    initialize(context) {
      const { model } = context;
      const received = [];
      const listeners = MESSAGES.map((name) => [`change:${name}`, () => {
        if (model.get(name) !== null) received.push([name, model.get(name)]);
      }]);
      listeners.forEach(([event, listener]) => model.on(event, listener));
      start = async () => {
        const create = await plotly(model);
        listeners.forEach(([event, listener]) => model.off(event, listener));
        const started = create();
        started.initialize(context);
        for (const [name, message] of received) {
          model.set(name, message);
          model.set(name, null); // as Python does after each message
        }
        return started;
      };
    },
    async render(context) {
      figure ??= start();
      return (await figure).render(context);
    },
  };
};
