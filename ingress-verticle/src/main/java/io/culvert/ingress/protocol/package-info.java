/** The inbound protocols, each as handlers on a channel. */
@NullMarked
package io.culvert.ingress.protocol;

import org.jspecify.annotations.NullMarked;
