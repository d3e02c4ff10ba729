"""Skin and eyes: the body's mesh where no cloth covers it, its colours and its fine relief."""

from collections.abc import Callable

import bpy
import numpy as np
from figure import Figure, Points, data
from hair import scalp
from numpy.typing import NDArray
from people import Colour, Sitter

Nodes = bpy.types.Nodes


def mixed(
    tree: bpy.types.NodeTree, share: object, first: object, second: object, blend: str = "MIX"
) -> object:
    """A colour mixing node's output; each input is a socket or a value."""
    node = tree.nodes.new("ShaderNodeMix")
    node.data_type, node.blend_type = "RGBA", blend
    for index, value in ((0, share), (6, first), (7, second)):
        if isinstance(value, bpy.types.NodeSocket):
            tree.links.new(value, node.inputs[index])
        elif isinstance(value, tuple):
            node.inputs[index].default_value = (*value, 1)
        else:
            node.inputs[index].default_value = value
    return node.outputs[2]


def noise(tree: bpy.types.NodeTree, scale: float, detail: float = 4) -> object:
    """Noise of ``scale`` spots a metre."""
    place = tree.nodes.new("ShaderNodeTexCoord")
    node = tree.nodes.new("ShaderNodeTexNoise")
    node.inputs["Scale"].default_value, node.inputs["Detail"].default_value = scale, detail
    tree.links.new(place.outputs["Object"], node.inputs["Vector"])
    return node.outputs[0]


def ranged(
    tree: bpy.types.NodeTree, value: object, low: float, high: float, to: tuple[float, float]
) -> object:
    """``value`` from ``low``..``high`` to ``to``, clamped."""
    node = tree.nodes.new("ShaderNodeMapRange")
    tree.links.new(value, node.inputs["Value"])
    for name, number in zip(("From Min", "From Max", "To Min", "To Max"), (low, high, *to), strict=True):
        node.inputs[name].default_value = number
    return node.outputs[0]


def bumped(
    tree: bpy.types.NodeTree, height: object, distance: float, strength: float, after: object = None
) -> object:
    """A bump's normal, on top of ``after``'s."""
    node = tree.nodes.new("ShaderNodeBump")
    node.inputs["Distance"].default_value, node.inputs["Strength"].default_value = distance, strength
    tree.links.new(height, node.inputs["Height"])
    if after is not None:
        tree.links.new(after, node.inputs["Normal"])
    return node.outputs[0]


def attribute(tree: bpy.types.NodeTree, name: str) -> object:
    """A number stored on the mesh."""
    node = tree.nodes.new("ShaderNodeAttribute")
    node.attribute_name = name
    return node.outputs["Fac"]


def _times(colour: Colour, by: Colour) -> Colour:
    return tuple(a * b for a, b in zip(colour, by, strict=True))


def skin_material(who: Sitter) -> bpy.types.Material:
    """Skin with blush, lips, mottling, pores and light that goes into it."""
    material = bpy.data.materials.new("skin")
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    spots = ranged(tree, noise(tree, 110), 0.35, 0.65, (0, 1))
    colour = mixed(tree, spots, _times(who.skin, (0.97, 0.95, 0.94)), _times(who.skin, (1.02, 1.02, 1.02)))
    fine = ranged(tree, noise(tree, 420, 2), 0.45, 0.75, (0, 0.35))
    colour = mixed(tree, fine, colour, _times(who.skin, (0.90, 0.80, 0.76)))
    colour = mixed(tree, attribute(tree, "blush"), colour, _times(who.skin, (1.02, 0.72, 0.68)))
    colour = mixed(tree, attribute(tree, "shade"), colour, _times(who.skin, (0.72, 0.60, 0.56)))
    colour = mixed(
        tree,
        attribute(tree, "scalp"),
        colour,
        tuple(0.5 * c + 0.12 * s for c, s in zip(who.hair, who.skin, strict=True)),
    )
    lips = tree.nodes.new("ShaderNodeTexImage")
    lips.image = bpy.data.images.load(str(data() / "textures" / "mpfb_lips.jpg"))
    lips.image.colorspace_settings.name = "Non-Color"
    lip = ranged(tree, lips.outputs[0], 0.1, 0.9, (0, 0.72))
    colour = mixed(tree, lip, colour, who.lips)
    tree.links.new(colour, shader.inputs["Base Color"])
    rough = ranged(tree, noise(tree, 90), 0.3, 0.7, (0.43, 0.56))
    tree.links.new(rough, shader.inputs["Roughness"])
    pores = bumped(tree, noise(tree, 1400, 2), 0.0004, 0.22)
    lines = bumped(tree, noise(tree, 300, 3), 0.0010, 0.12, pores)
    tree.links.new(lines, shader.inputs["Normal"])
    shader.inputs["Subsurface Weight"].default_value = 0.32
    shader.inputs["Subsurface Radius"].default_value = (1.0, 0.36, 0.2)
    shader.inputs["Subsurface Scale"].default_value = 0.009
    shader.inputs["Specular IOR Level"].default_value = 0.42
    return material


def _near(points: Points, centre: Points, size: float) -> NDArray[np.float64]:
    return np.exp(-((points - centre) ** 2).sum(axis=1) / (2 * size**2))


def body(figure: Figure, who: Sitter, covered: Callable[[Points], NDArray[np.bool_]]) -> None:
    """The skin that is not ``covered`` by cloth."""
    points, joints = figure.points[:13380], figure.joints
    hidden = covered(points)
    faces, corners = [], []
    for face, corner in zip(figure.faces["body"], figure.corners["body"], strict=True):
        if not hidden[list(face)].all():
            faces.append(face)
            corners.append(corner)
    mesh = bpy.data.meshes.new("body")
    mesh.from_pydata(points.tolist(), [], faces)
    mesh.uv_layers.new(name="uv").data.foreach_set(
        "uv", figure.uv[[i for c in corners for i in c]].reshape(-1)
    )
    blush, shade = np.zeros(len(points)), np.zeros(len(points))
    for side, sign in (("l", 1), ("r", -1)):
        eye = joints[f"{side}-eye"]
        blush += 0.55 * _near(points, eye + np.array([sign * 0.014, -0.008, -0.038]), 0.017)
        shade += 0.35 * _near(points, eye + np.array([0, -0.012, 0.012]), 0.011)  # the upper lid
        shade += 0.20 * _near(points, eye + np.array([-sign * 0.008, -0.01, -0.015]), 0.008)  # under the eye
        for finger in range(1, 6):
            for joint in (2, 3):
                blush += 0.6 * _near(points, joints[f"{side}-finger-{finger}-{joint}"], 0.011)
        blush += 0.3 * _near(points, joints[f"{side}-elbow"], 0.03)
    middle = (joints["l-eye"] + joints["r-eye"]) / 2
    blush += 0.4 * _near(points, middle + np.array([0, -0.045, -0.038]), 0.012)  # the nose
    for name, values in (("blush", blush), ("shade", shade), ("scalp", scalp(figure, points) * 0.9)):
        mesh.attributes.new(name, "FLOAT", "POINT").data.foreach_set(
            "value", values.clip(0, 1).astype(np.float32)
        )
    mesh.shade_smooth()
    mesh.materials.append(skin_material(who))
    shown = bpy.data.objects.new("body", mesh)
    finer = shown.modifiers.new("finer", "SUBSURF")
    finer.levels = finer.render_levels = 2
    bpy.context.scene.collection.objects.link(shown)


def eyes(figure: Figure, who: Sitter) -> None:
    """Two eyeballs that look at the camera."""
    material = bpy.data.materials.new("eye")
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    place = tree.nodes.new("ShaderNodeTexCoord")
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(place.outputs["Object"], split.inputs[0])
    ahead = tree.nodes.new("ShaderNodeMath")
    ahead.operation = "MULTIPLY"
    ahead.inputs[1].default_value = -1
    tree.links.new(split.outputs["Y"], ahead.inputs[0])
    ahead = ahead.outputs[0]  # cosine of the angle from the gaze: the ball's radius is 1
    fibres = ranged(tree, noise(tree, 9, 6), 0.3, 0.7, (0, 1))
    iris = mixed(tree, fibres, _times(who.iris, (0.6, 0.6, 0.6)), _times(who.iris, (1.7, 1.6, 1.5)))
    iris = mixed(
        tree, ranged(tree, ahead, 0.872, 0.90, (0.85, 0)), iris, (0.012, 0.009, 0.008)
    )  # its dark rim
    white = mixed(tree, ranged(tree, ahead, 0.2, 0.75, (0.6, 0)), (0.62, 0.59, 0.56), (0.52, 0.36, 0.32))
    colour = mixed(tree, ranged(tree, ahead, 0.858, 0.876, (0, 1)), white, iris)
    colour = mixed(tree, ranged(tree, ahead, 0.980, 0.985, (0, 1)), colour, (0.002, 0.002, 0.002))
    tree.links.new(colour, shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = 0.35
    shader.inputs["Coat Weight"].default_value = 1.0
    shader.inputs["Coat Roughness"].default_value = 0.03
    shader.inputs["Subsurface Weight"].default_value = 0.1
    shader.inputs["Subsurface Scale"].default_value = 0.05
    for side in ("l", "r"):
        ball = figure.points[sorted({i for f in figure.faces[f"helper-{side}-eye"] for i in f})]
        centre = (ball.min(axis=0) + ball.max(axis=0)) / 2
        radius = float(np.ptp(ball[:, 0])) / 2
        bpy.ops.mesh.primitive_uv_sphere_add(segments=48, ring_count=32, radius=1, location=centre.tolist())
        shown = bpy.context.object
        shown.scale = (radius, radius, radius)
        shown.data.shade_smooth()
        shown.data.materials.append(material)
