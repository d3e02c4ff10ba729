/** The garment on its mesh, over the analysed frame. Drawn only when a frame says so. */
import { Canvas, type RootState } from "@react-three/fiber";
import { useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref } from "react";
import { DoubleSide, DynamicDrawUsage, PlaneGeometry, setConsoleFunction, SRGBColorSpace, TextureLoader, type Mesh, type Texture } from "three";

import type { Point } from "../clean/anchors";
import { GRID } from "./warp";

// The library between us and three makes its clock in a way that three is about to drop, and says so each time.
setConsoleFunction((kind, message, ...rest) => {
  if (!message.includes("Clock")) console[kind as "log" | "warn" | "error"](message, ...(rest as unknown[]));
});

export interface MeshHandle {
  /** Draw the vertices (fractions of the picture, y downwards), or nothing. */
  draw: (vertices: Point[] | null) => void;
}

interface Props {
  url: string;
  ref: Ref<MeshHandle>;
  /** The picture did not load. */
  onFail: () => void;
}

export function GarmentMesh({ url, ref, onFail }: Props) {
  const geometry = useMemo(() => {
    const plane = new PlaneGeometry(1, 1, GRID - 1, GRID - 1);
    const position = plane.getAttribute("position");
    if ("setUsage" in position) position.setUsage(DynamicDrawUsage);
    return plane;
  }, []);
  const [texture, setTexture] = useState<Texture | null>(null);
  const root = useRef<RootState | null>(null);
  const mesh = useRef<Mesh>(null);

  const fail = useRef(onFail);
  useEffect(() => {
    fail.current = onFail;
  });
  useEffect(() => {
    let mine: Texture | null = null;
    let over = false;
    new TextureLoader()
      .setCrossOrigin("anonymous")
      .loadAsync(url)
      .then((loaded) => {
        if (over) return loaded.dispose();
        loaded.colorSpace = SRGBColorSpace;
        mine = loaded;
        setTexture(loaded);
      })
      .catch(() => {
        if (!over) fail.current();
      });
    return () => {
      over = true;
      mine?.dispose();
      setTexture(null);
    };
  }, [url]);
  useEffect(() => () => geometry.dispose(), [geometry]);

  useImperativeHandle(ref, () => ({
    draw(vertices) {
      const state = root.current?.get(); // as it is now: the size changes with the page
      if (!state) return;
      if (mesh.current) mesh.current.visible = vertices !== null;
      if (vertices) {
        const position = geometry.getAttribute("position");
        const { width, height } = state.size;
        vertices.forEach(([x, y], i) => position.setXYZ(i, (x - 0.5) * width, (0.5 - y) * height, 0));
        position.needsUpdate = true;
      }
      state.advance(performance.now());
    },
  }));

  return (
    <Canvas
      orthographic
      flat
      frameloop="never"
      gl={{ alpha: true, antialias: true }}
      onCreated={(state) => {
        root.current = state;
      }}
      className="absolute! inset-0"
      aria-hidden
    >
      {texture && (
        <mesh ref={mesh} geometry={geometry} frustumCulled={false} visible={false}>
          <meshBasicMaterial map={texture} transparent side={DoubleSide} toneMapped={false} depthTest={false} />
        </mesh>
      )}
    </Canvas>
  );
}
