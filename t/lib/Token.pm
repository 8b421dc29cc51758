# SPDX-License-Identifier: Apache-2.0
# Hand-made tokens: HS256 by default, or whatever a forger would try.
package Token;
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512);
use JSON::PP ();
use MIME::Base64 qw(decode_base64 encode_base64);

my $json = JSON::PP->new->utf8->canonical;
my %hmac = (HS256 => \&hmac_sha256, HS384 => \&hmac_sha384, HS512 => \&hmac_sha512);

# base64url.
sub encode {
    my ($bytes) = @_;
    my $text = encode_base64($bytes, '') =~ tr{+/}{-_}r;
    $text =~ s/=+$//;
    return $text;
}

# Bytes of base64url.
sub decode { my ($text) = @_; return decode_base64($text =~ tr{-_}{+/}r) }

# Sign a token. header and claims: a reference, or raw text; with => the algorithm that signs,
# whatever the header says.
sub make {
    my ($key, $claims, %o) = @_;
    my $header = $o{header} // { alg => 'HS256', typ => 'JWT' };
    my ($h, $c) = map { encode(ref $_ ? $json->encode($_) : $_) } $header, $claims;
    return "$h.$c." . encode($hmac{ $o{with} // 'HS256' }->("$h.$c", $key));
}

# The claims of a token.
sub claims { my ($token) = @_; return $json->decode(decode((split /\./, $token =~ s/^\S+ //r)[1])) }

1;
