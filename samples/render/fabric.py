"""What the clothes are made of: knitted cotton, printed or striped, and denim."""

from dataclasses import dataclass

import bpy
import numpy as np
from clothes import SewnCloth
from people import Colour
from skin import attribute, bumped, mixed, noise, ranged


@dataclass(frozen=True)
class Fabric:
    """A cloth. ``second`` is the colour of stripes, of ``print`` and of the collar."""

    colour: Colour
    second: Colour | None = None
    stripes: float = 0  # metres from one to the next
    printed: bool = False
    woven: bool = False  # trousers: seams, pockets, a fly
    collar: Colour | None = None


def _moon(size: int = 768) -> bpy.types.Image:
    """A crescent over two lines: it shows at once whether a picture was mirrored."""
    y, x = np.mgrid[1 : -1 : size * 1j, -1 : 1 : size * 1j]
    disc = 0.42 - np.hypot(x, y - 0.42)
    bite = np.hypot(x - 0.20, y - 0.52) - 0.36
    moon = np.minimum(disc, bite)
    for left, right, level in ((-0.62, 0.62, -0.28), (-0.45, 0.20, -0.48)):
        line = 0.045 - np.hypot(np.maximum(np.maximum(left - x, x - right), 0), y - level)
        moon = np.maximum(moon, line)
    alpha = np.clip(moon * size / 4 + 0.5, 0, 1)
    image = bpy.data.images.new("moon", size, size, alpha=False, is_data=True)
    pixels = np.ones((size, size, 4), np.float32)
    pixels[..., :3] = alpha[::-1, :, None]
    image.pixels.foreach_set(pixels.reshape(-1))
    image.update()
    return image


def _line(tree: bpy.types.NodeTree, name: str, at: float, half: float) -> object:
    """1 on a seam ``half`` metres wide on each side, where the number ``name`` of the mesh is ``at``."""
    less = tree.nodes.new("ShaderNodeMath")
    less.operation = "COMPARE"
    tree.links.new(attribute(tree, name), less.inputs[0])
    less.inputs[1].default_value, less.inputs[2].default_value = at, half
    return less.outputs[0]


def material(fabric: Fabric) -> bpy.types.Material:
    """The fabric's shader."""
    made = bpy.data.materials.new("fabric")
    tree = made.node_tree
    shader = tree.nodes["Principled BSDF"]
    colour = fabric.colour
    if fabric.stripes:
        wave = tree.nodes.new("ShaderNodeMath")
        wave.operation = "PINGPONG"
        tree.links.new(attribute(tree, "along"), wave.inputs[0])
        wave.inputs[1].default_value = fabric.stripes / 2
        middle = fabric.stripes / 3.2
        share = ranged(tree, wave.outputs[0], middle - 0.0004, middle + 0.0004, (0, 1))
        colour = mixed(tree, share, fabric.colour, fabric.second)
    if fabric.printed:
        picture = tree.nodes.new("ShaderNodeTexImage")
        picture.image, picture.extension = _moon(), "CLIP"
        shown = tree.nodes.new("ShaderNodeMath")
        shown.operation = "MULTIPLY"
        tree.links.new(picture.outputs[0], shown.inputs[0])
        tree.links.new(attribute(tree, "front"), shown.inputs[1])
        colour = mixed(tree, shown.outputs[0], colour, fabric.second)
    if fabric.collar:
        edge = ranged(tree, attribute(tree, "collar"), 0.0165, 0.0175, (1, 0))
        colour = mixed(tree, edge, colour, fabric.collar)
    fade = ranged(tree, noise(tree, 26 if fabric.woven else 9), 0.3, 0.7, (0.92, 1.06))
    grain = ranged(tree, noise(tree, 1300, 1), 0.3, 0.7, (0.86, 1.10) if fabric.woven else (0.93, 1.05))
    for value in (fade, grain):
        grey = tree.nodes.new("ShaderNodeCombineXYZ")
        for channel in grey.inputs:
            tree.links.new(value, channel)
        colour = mixed(tree, 1.0, colour, grey.outputs[0], "MULTIPLY")
    seams = [("hems", 0.019, 0.0008), ("hems", 0.022, 0.0008), ("collar", 0.017, 0.0009)]
    if fabric.woven:
        seams = [("hems", 0.036, 0.0010), ("fly", 0, 0.0012), ("fly", 0.032, 0.0008), ("pocket", 0, 0.0012)]
    for name, at, half in seams:
        colour = mixed(tree, _line(tree, name, at, half), colour, tuple(0.72 * c for c in fabric.colour))
    tree.links.new(colour, shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = 0.88
    shader.inputs["Specular IOR Level"].default_value = 0.25
    shader.inputs["Sheen Weight"].default_value = 0.12
    shader.inputs["Sheen Roughness"].default_value = 0.4
    weave = bumped(tree, noise(tree, 900, 2), 0.0006, 0.35)
    creases = bumped(tree, noise(tree, 22, 3), 0.006, 0.22, weave)
    tree.links.new(creases, shader.inputs["Normal"])
    return made


def sew(
    piece: SewnCloth, fabric: Fabric, print_at: float = 0, above: float | None = None
) -> bpy.types.Object:
    """Put ``piece`` into the scene, a cloth's thickness thick; ``print_at`` is the height of the print's middle.

    What is ``above`` that height is left out (it is under another garment).
    """
    faces = [f for f in piece.faces if above is None or min(piece.points[list(f), 2]) < above]
    mesh = bpy.data.meshes.new("garment")
    mesh.from_pydata(piece.points.tolist(), [], faces)
    across, along = piece.flat.T
    top = along.max()
    numbers = {
        "along": along - along.min() + 10 * fabric.stripes,
        "front": piece.front,
        "hems": piece.hems,
        "collar": piece.collar,
        "fly": np.where((piece.front > 0) & (along > top - 0.20), across, 1.0),
        "pocket": np.where(
            (piece.front > 0) & (along < top - 0.036),
            np.hypot(np.abs(across) - 0.185, along - top + 0.03) - 0.115,
            1.0,
        ),
    }
    for name, values in numbers.items():
        mesh.attributes.new(name, "FLOAT", "POINT").data.foreach_set("value", values.astype(np.float32))
    uv = np.stack([0.5 + across / 0.22, 0.5 + (along - print_at) / 0.22], axis=1)
    mesh.uv_layers.new(name="print").data.foreach_set(
        "uv", uv[[i for f in faces for i in f]].reshape(-1).astype(np.float32)
    )
    mesh.shade_smooth()
    mesh.materials.append(material(fabric))
    shown = bpy.data.objects.new("garment", mesh)
    thick = shown.modifiers.new("thickness", "SOLIDIFY")
    thick.thickness, thick.offset = 0.0022 if not fabric.woven else 0.003, 1
    bpy.context.scene.collection.objects.link(shown)
    return shown
