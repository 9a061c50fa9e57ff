"Boxes of text and the arrows between them, for pictures of things that a run left behind."
import matplotlib.pyplot as plt


def boxes(columns, arrows=(), width=13, height=5):
    "A figure with a column of boxes for each `(title, color, [text, ...])`; arrows go from one text to another."
    fig, ax = plt.subplots(figsize=(width, height))
    ax.axis("off")
    places = {}
    for x, (title, color, texts) in enumerate(columns):
        ax.text(x, 1.06, title, ha="center", va="bottom", weight="bold")
        for i, text in enumerate(texts):
            y = 1 - (i + 0.5) / len(texts)
            places[text] = x, y, ax.text(x, y, text, ha="center", va="center", fontsize=8, family="monospace", bbox={"boxstyle": "round", "fc": color, "alpha": 0.35})
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(0, 1.15))
    fig.canvas.draw()
    for start, end in arrows:
        a, b = (places[text][2].get_bbox_patch().get_window_extent().transformed(ax.transData.inverted()) for text in (start, end))
        right = places[start][0] <= places[end][0]
        ax.annotate("", (b.x0 if right else b.x1, (b.y0 + b.y1) / 2), (a.x1 if right else a.x0, (a.y0 + a.y1) / 2), arrowprops={"arrowstyle": "->", "color": "0.5"})
    return fig
