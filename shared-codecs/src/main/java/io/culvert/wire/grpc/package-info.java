/** The messages of gRPC's tunnel. */
@NullMarked
package io.culvert.wire.grpc;

import org.jspecify.annotations.NullMarked;
