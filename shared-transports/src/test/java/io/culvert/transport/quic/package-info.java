@NullMarked
package io.culvert.transport.quic;

import org.jspecify.annotations.NullMarked;
