/** The node link: sessions of an ingress on one node with the egress of another (design section 4). */
@NullMarked
package io.culvert.transport.link;

import org.jspecify.annotations.NullMarked;
