"""Clothes cut from the base mesh's tights: where they end, how they hang, and the cloth's folds."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import bmesh
import bpy
import numpy as np
from figure import Figure, Points
from hanging import distance, outside, smoothed, straightened
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

_TIGHTS = slice(15328, 18002)
_BODY = 13380


@dataclass(frozen=True)
class Cut:
    """Where a garment ends. Heights are shares: of the way from the ground to the pelvis (``hem``) or up the leg."""

    kind: str  # top, trousers or dress
    sleeve: float = 0  # 0 at the shoulder, 1 at the elbow, 2 at the wrist
    hem: float = 0.9  # share of the pelvis' height
    ease: float = 0.010  # metres from the skin
    hang: float = 0.6  # 0 follows the body, 1 falls straight from its widest part above
    flare: float = 0  # metres of radius gained per metre below the waist
    neck: float = 0.0  # how much lower than a T-shirt's the front of the neck is, metres
    grown: float = 0.04  # how much more cloth than the shape needs: it becomes folds


@dataclass
class SewnCloth:
    """A finished mesh: where it is, and where it was in the flat cloth."""

    points: Points
    faces: list[tuple[int, ...]]
    flat: Points  # (across, along) in metres; along a sleeve it runs with the arm
    front: NDArray[np.float64]  # 1 in front
    hems: NDArray[np.float64]  # metres from the nearest cut edge
    collar: NDArray[np.float64]  # metres from the edge of the neck


def skin_tree(figure: Figure) -> BVHTree:
    """The body, to ask how far from it a point is."""
    return BVHTree.FromPolygons(figure.points[:_BODY].tolist(), figure.faces["body"])


def dressed(figure: Figure, thick: float) -> Figure:
    """The figure with trousers ``thick`` metres thick, for what is worn over them."""
    points, top = figure.points.copy(), figure.joints["pelvis"][2] * 1.14
    normals = np.zeros_like(points)
    for f in figure.faces["body"]:
        normals[list(f)] += np.cross(points[f[1]] - points[f[0]], points[f[-1]] - points[f[0]])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    share = np.clip((top - points[:, 2]) / 0.06, 0, 1) * (arm_weight(figure) < 0.3)
    return replace(figure, points=points + thick * share[:, None] * normals)


def neckline(figure: Figure, cut: Cut) -> tuple[float, float, float]:
    """The ellipse, seen from above, in which the neck is cut: middle y, half width, half depth."""
    tree, shoulder, neck = skin_tree(figure), figure.joints["l-shoulder"], figure.joints["neck"]
    wide = shoulder[0] / 0.165
    front, *_ = tree.ray_cast(Vector((0, -1, shoulder[2] + 0.016 * wide - cut.neck)), Vector((0, 1, 0)))
    back, *_ = tree.ray_cast(Vector((0, 1, neck[2] - 0.004)), Vector((0, -1, 0)))
    depth = (back.y - front.y) / 2
    return (back.y + front.y) / 2, 0.080 * wide + 0.6 * cut.neck, depth + 0.003


def in_neck(points: Points, ellipse: tuple[float, float, float], grown: float = 1.0) -> NDArray[np.bool_]:
    """Which points are inside the ellipse, ``grown`` times as large."""
    middle, width, depth = ellipse
    return (points[:, 0] / width) ** 2 + ((points[:, 1] - middle) / depth) ** 2 < grown**2


def sleeve_plane(figure: Figure, side: str, sleeve: float) -> tuple[Points, Points]:
    """A point of the plane in which a sleeve is cut, and its normal (down the arm)."""
    shoulder, elbow, wrist = (figure.joints[f"{side}-{name}"] for name in ("shoulder", "elbow", "hand"))
    start, end, share = (shoulder, elbow, sleeve) if sleeve <= 1 else (elbow, wrist, sleeve - 1)
    way = end - start
    return start + share * way, way / np.linalg.norm(way)


def arm_weight(figure: Figure) -> NDArray[np.float64]:
    """How far each point of the mesh is of an arm."""
    fingers = [
        f"{finger}_0{n}" for finger in ("thumb", "index", "middle", "ring", "pinky") for n in (1, 2, 3)
    ]
    return figure.weight("upperarm", "lowerarm", "hand", *fingers)


def cut_out(figure: Figure, cut: Cut) -> SewnCloth:
    """The garment before it falls into folds."""
    mesh = bmesh.new()
    arm = arm_weight(figure)
    layer = mesh.verts.layers.float.new("arm")
    for index in range(_TIGHTS.start, _TIGHTS.stop):
        mesh.verts.new(figure.points[index])[layer] = arm[index]
    mesh.verts.ensure_lookup_table()
    for face in figure.faces["helper-tights"]:
        mesh.faces.new([mesh.verts[i - _TIGHTS.start] for i in face])

    def away(point: Points, normal: Points, wanted: Callable[[Vector, float], bool]) -> None:
        """Cut off what lies beyond the plane, of the faces whose middle is ``wanted``."""
        faces = [
            f for f in mesh.faces
            if wanted(f.calc_center_median(), sum(v[layer] for v in f.verts) / len(f.verts))
        ]  # fmt: skip
        parts = {*faces, *(e for f in faces for e in f.edges), *(v for f in faces for v in f.verts)}
        bmesh.ops.bisect_plane(
            mesh, geom=list(parts), plane_co=Vector(point), plane_no=Vector(normal), clear_outer=True
        )

    pelvis = figure.joints["pelvis"][2]
    if cut.kind == "trousers":
        arms = [v for v in mesh.verts if v[layer] > 0.3 or v.co.z > pelvis * 1.3]
        bmesh.ops.delete(mesh, geom=arms, context="VERTS")
        waist = pelvis + 0.10 * pelvis
        away(np.array([0, 0, waist]), np.array([0, 0.12, 1]), lambda c, a: True)
        away(np.array([0, 0, figure.joints["l-ankle"][2] + 0.01]), np.array([0, 0, -1]), lambda c, a: True)
    else:
        away(
            figure.joints["neck"] + [0, 0, 0.008],
            np.array([0, 0, 1]),
            lambda c, a: a < 0.3 and abs(c.x) < 0.14,
        )
        _cut_neck(mesh, neckline(figure, cut), figure.joints["l-shoulder"][2] - 0.06 - cut.neck)
        for side, sign in (("l", 1), ("r", -1)):
            away(*sleeve_plane(figure, side, cut.sleeve), lambda c, a, sign=sign: a > 0.35 and c.x * sign > 0)
        away(np.array([0, 0, cut.hem * pelvis]), np.array([0, 0, -1]), lambda c, a: a < 0.5)
    loose = [v for v in mesh.verts if not v.link_faces]
    bmesh.ops.delete(mesh, geom=loose, context="VERTS")
    bmesh.ops.triangulate(mesh, faces=[f for f in mesh.faces if len(f.verts) > 4])
    if cut.kind == "dress":
        _join_legs(mesh, figure, cut)
    return _shaped(mesh, figure, cut)


def _cut_neck(mesh: bmesh.types.BMesh, ellipse: tuple[float, float, float], above: float) -> None:
    middle, width, depth = ellipse
    for turn in np.arange(20) * 2 * np.pi / 20:
        place = (width * np.cos(turn), middle + depth * np.sin(turn), 0)
        normal = (np.cos(turn) / width, np.sin(turn) / depth, 0)
        faces = [
            f for f in mesh.faces if f.calc_center_median().z > above and abs(f.calc_center_median().x) < 0.14
        ]
        parts = {*faces, *(e for f in faces for e in f.edges), *(v for f in faces for v in f.verts)}
        bmesh.ops.bisect_plane(mesh, geom=list(parts), plane_co=place, plane_no=normal)
    centres = np.array([f.calc_center_median() for f in mesh.faces])
    inside = in_neck(centres, ellipse) & (centres[:, 2] > above)
    gone = [f for f, cut in zip(mesh.faces, inside, strict=True) if cut]
    bmesh.ops.delete(mesh, geom=gone, context="FACES")
    bmesh.ops.remove_doubles(mesh, verts=mesh.verts, dist=0.003)


def _join_legs(mesh: bmesh.types.BMesh, figure: Figure, cut: Cut) -> None:
    """A skirt: a tube from the hips down, instead of two legs."""
    top = figure.joints["pelvis"][2] + 0.02
    low = cut.hem * figure.joints["pelvis"][2]
    cut_all = [*mesh.verts, *mesh.edges, *mesh.faces]
    bmesh.ops.bisect_plane(mesh, geom=cut_all, plane_co=(0, 0, top), plane_no=(0, 0, -1), clear_outer=False)
    layer = mesh.verts.layers.float["arm"]
    below = [f for f in mesh.faces if f.calc_center_median().z < top and max(v[layer] for v in f.verts) < 0.3]
    bmesh.ops.delete(mesh, geom=below, context="FACES")
    ring = [e for e in mesh.edges if e.is_boundary and all(abs(v.co.z - top) < 1e-3 for v in e.verts)]
    rows = 22
    for _ in range(rows):
        out = bmesh.ops.extrude_edge_only(mesh, edges=ring)
        moved = [g for g in out["geom"] if isinstance(g, bmesh.types.BMVert)]
        bmesh.ops.translate(mesh, verts=moved, vec=(0, 0, (low - top) / rows))
        ring = [g for g in out["geom"] if isinstance(g, bmesh.types.BMEdge)]


def _subdivided(
    mesh: bmesh.types.BMesh, levels: int
) -> tuple[Points, list[tuple[int, ...]], NDArray[np.float64]]:
    stored = bpy.data.meshes.new("cut")
    bmesh.ops.recalc_face_normals(mesh, faces=mesh.faces)
    mesh.to_mesh(stored)
    mesh.free()
    made = bpy.data.objects.new("cut", stored)
    bpy.context.scene.collection.objects.link(made)
    made.modifiers.new("finer", "SUBSURF").levels = levels
    finer = made.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    points = np.array([v.co for v in finer.vertices])
    faces = [tuple(p.vertices) for p in finer.polygons]
    arm = np.array([v.value for v in finer.attributes["arm"].data])
    bpy.data.objects.remove(made)
    return points, faces, arm


def _shaped(mesh: bmesh.types.BMesh, figure: Figure, cut: Cut) -> SewnCloth:
    points, faces, arm = _subdivided(mesh, 2)
    edges = np.array(sorted({tuple(sorted(p)) for f in faces for p in zip(f, (*f[1:], f[0]), strict=True)}))
    uses = np.zeros(len(edges), int)
    index = {tuple(e): i for i, e in enumerate(edges)}
    for f in faces:
        for pair in zip(f, (*f[1:], f[0]), strict=True):
            uses[index[tuple(sorted(pair))]] += 1
    rim_edges = edges[uses == 1]
    rim = np.zeros(len(points), bool)
    rim[rim_edges] = True
    tree = skin_tree(figure)
    points = _hung(figure, cut, points, arm, tree)
    inner = edges[~(rim[edges].any(axis=1)) | (uses > 1)]
    for _ in range(24):
        points = smoothed(points, inner, rim_edges, rim)
        points = outside(points, tree, cut.ease)
    flat = _flat(figure, points, arm)
    neck = (
        rim & (points[:, 2] > figure.joints["l-shoulder"][2] - 0.1) & (arm < 0.5) & (cut.kind != "trousers")
    )
    return SewnCloth(
        points, faces, flat, _front(points, faces),
        distance(points, rim & ~neck), distance(points, neck),
    )  # fmt: skip


def _flat(figure: Figure, points: Points, arm: NDArray[np.float64]) -> Points:
    """Where each point is in the cloth: across the body and up, or along the arm."""
    flat = points[:, [0, 2]].copy()
    for side, sign in (("l", 1), ("r", -1)):
        shoulder, way = sleeve_plane(figure, side, 0)
        of_arm = (arm > 0.5) & (points[:, 0] * sign > 0)
        flat[of_arm, 1] = shoulder[2] - (points[of_arm] - shoulder) @ way
    return flat


def _front(points: Points, faces: list[tuple[int, ...]]) -> NDArray[np.float64]:
    normals = np.zeros_like(points)
    for f in faces:
        normals[list(f)] += np.cross(points[f[1]] - points[f[0]], points[f[-1]] - points[f[0]])
    return (normals[:, 1] < 0).astype(float)


def _hung(figure: Figure, cut: Cut, points: Points, arm: NDArray[np.float64], tree: BVHTree) -> Points:
    """Falls straight, by ``hang``, from the widest part above."""
    points = outside(points, tree, cut.ease)
    joints = figure.joints
    tubes = []
    if cut.kind == "trousers":
        crotch = joints["l-upper-leg"][2] - 0.06
        for side, sign in (("l", 1), ("r", -1)):
            legs = (points[:, 2] < crotch) & (points[:, 0] * sign > 0)
            tubes.append(
                (legs, joints[f"{side}-upper-leg"], joints[f"{side}-ankle"] - joints[f"{side}-upper-leg"], 0)
            )
    else:
        chest = joints["l-shoulder"][2] - 0.10
        tubes.append(((arm < 0.4) & (points[:, 2] < chest), np.zeros(3), np.array([0, 0, -1.0]), cut.flare))
        if cut.sleeve:
            for side, sign in (("l", 1), ("r", -1)):
                of_arm = (arm > 0.5) & (points[:, 0] * sign > 0)
                start, way = sleeve_plane(figure, side, 0.3)
                tubes.append((of_arm, start, way, 0))
    for chosen, start, way, flare in tubes:
        points[chosen] = straightened(points[chosen], start, way / np.linalg.norm(way), cut.hang, flare)
    return points
