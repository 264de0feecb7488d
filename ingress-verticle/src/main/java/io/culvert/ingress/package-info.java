/** Accepts clients, and carries their sessions. */
@NullMarked
package io.culvert.ingress;

import org.jspecify.annotations.NullMarked;
