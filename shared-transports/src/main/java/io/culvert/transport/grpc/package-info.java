/** gRPC's tunnel: byte streams in messages on HTTP/2 streams. */
@NullMarked
package io.culvert.transport.grpc;

import org.jspecify.annotations.NullMarked;
