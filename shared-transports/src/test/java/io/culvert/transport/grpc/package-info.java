@NullMarked
package io.culvert.transport.grpc;

import org.jspecify.annotations.NullMarked;
