"""Strands: roots scattered over the skin, paths that follow a flow over the head, and Blender's hair curves of them."""

from collections.abc import Callable

import bpy
import numpy as np
from figure import Figure, Points
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

Flow = Callable[[Points, float], Points]  # (where, how far along its strand 0..1) -> direction


def scatter(
    figure: Figure, count: int, density: Callable[[Points], NDArray[np.float64]], seed: int
) -> tuple[Points, Points]:
    """Roots on the skin and the skin's normals there; ``density`` (0 to 1) says where they grow."""
    rng = np.random.default_rng(seed)
    faces = np.array([f for f in figure.faces["body"] if len(f) == 4])
    middle = figure.points[faces].mean(axis=1)
    near = faces[density(middle) > 0.001]
    a, b, c, d = (figure.points[near[:, i]] for i in range(4))
    normal = np.cross(c - a, d - b)
    area = np.linalg.norm(normal, axis=1)
    chosen = rng.choice(len(near), 4 * count, p=area / area.sum())
    u, v = rng.random((2, 4 * count, 1))
    roots = (a[chosen] * (1 - u) + b[chosen] * u) * (1 - v) + (d[chosen] * (1 - u) + c[chosen] * u) * v
    kept = np.flatnonzero(rng.random(4 * count) < density(roots))[:count]
    return roots[kept], (normal / area[:, None])[chosen[kept]]


def grow(
    tree: BVHTree,
    roots: Points,
    flow: Flow,
    length: NDArray[np.float64],
    lift: Callable[[float], float],
    free: float,
    steps: int = 22,
) -> Points:
    """Paths (strands, steps + 1, 3) from ``roots``, ``lift`` metres off the skin.

    Below ``free`` (z) they may hang further off.
    """
    paths = [roots]
    here = roots.copy()
    for step in range(1, steps + 1):
        share = step / steps
        here = here + flow(here, share) * (length / steps)[:, None]
        for i, point in enumerate(here):
            near, normal, _, _ = tree.find_nearest(Vector(point))
            above = (Vector(point) - near).dot(normal)
            if above < lift(share) or point[2] > free:
                here[i] += np.array(normal) * (lift(share) - above)
        paths.append(here.copy())
    return np.stack(paths, axis=1)


def between(guides: Points, roots: Points, seed: int, loose: float, clump: float = 0.6) -> Points:
    """Strands from ``roots``, each along the mean of its nearest guides and drawn to the first of them."""
    rng = np.random.default_rng(seed)
    starts = guides[:, 0]
    strands = []
    for part in np.array_split(roots, max(1, len(roots) // 2000)):
        far = ((part[:, None] - starts[None]) ** 2).sum(axis=2)
        near = np.argsort(far, axis=1)[:, :3]
        share = 1 / (np.take_along_axis(far, near, axis=1) + 1e-6)
        share = share / share.sum(axis=1, keepdims=True)
        path = (guides[near] * share[:, :, None, None]).sum(axis=1)
        own = part[:, None] - path[:, :1]
        along = np.linspace(0, 1, guides.shape[1])[None, :, None]
        path = path + own * (1 - 0.5 * along)
        drawn = clump * along**1.2 * rng.random((len(part), 1, 1))
        strands.append(path * (1 - drawn) + (guides[near[:, 0]] + 0.5 * own) * drawn)
    paths = np.concatenate(strands)
    steps = paths.shape[1]
    drift = rng.normal(0, 1, (len(paths), 4, 3))
    at = np.linspace(0, 3, steps)
    low = np.minimum(at.astype(int), 2)
    part = (at - low)[None, :, None]
    wave = drift[:, low] * (1 - part) + drift[:, low + 1] * part
    return paths + loose * wave * np.linspace(0, 1, steps)[None, :, None]


def draw(name: str, paths: Points, thickness: float, material: bpy.types.Material) -> None:
    """Put the strands into the scene; ``thickness`` is a root's radius in metres, tips are thinner."""
    count, steps, _ = paths.shape
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([steps] * count)
    curves.attributes["position"].data.foreach_set("vector", paths.reshape(-1).astype(np.float32))
    radius = curves.attributes.new("radius", "FLOAT", "POINT")
    taper = thickness * np.interp(np.linspace(0, 1, steps), [0, 0.7, 1], [1, 0.9, 0.25])
    radius.data.foreach_set("value", np.tile(taper, count).astype(np.float32))
    curves.materials.append(material)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new(name, curves))


def hair_material(
    name: str, colour: tuple[float, float, float], roughness: float = 0.32
) -> bpy.types.Material:
    """Hair of one colour, a little different from strand to strand."""
    material = bpy.data.materials.new(name)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.remove(nodes["Principled BSDF"])
    shader = nodes.new("ShaderNodeBsdfHairPrincipled")
    shader.parametrization = "COLOR"
    shader.inputs["Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Radial Roughness"].default_value = 0.5
    shader.inputs["Random Roughness"].default_value = 0.2
    links.new(shader.outputs[0], nodes["Material Output"].inputs["Surface"])
    return material
