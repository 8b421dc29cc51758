# SPDX-License-Identifier: Apache-2.0
# A Standard Webhooks receiver at /webhook: as strict as the specification's libraries. It drops
# repeated ids.
package Provider::Webhook;
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use JSON::PP ();
use MIME::Base64 qw(decode_base64 encode_base64);

my $json = JSON::PP->new->utf8->canonical;
my %answers = ('+15005550001' => 'invalid_phone_number', '+15005550002' => 'blocked');

# A JSON answer.
sub reply {
    my ($status, $data) = @_;
    return [$status, { 'Content-Type' => 'application/json' }, $json->encode($data)];
}

# An answer with a code.
sub error { my ($status, $code) = @_; return reply($status, { code => $code }) }

# Check a request and accept its text.
sub answer {
    my ($server, $r) = @_;
    return unless $r->{path} eq '/webhook';
    return reply(405, { error => 'only POST' }) if $r->{method} ne 'POST';
    return reply(415, { error => 'only JSON' })
        if ($r->{headers}{'content-type'} // '') ne 'application/json';
    my ($id, $time, $signatures) =
        map { $r->{headers}{"webhook-$_"} // '' } qw(id timestamp signature);
    return reply(400, { error => 'headers' })
        unless $id =~ /^[\w-]{1,64}\z/ && $time =~ /^\d{1,11}\z/ && abs($time - time) <= 300;
    return error(401, 'authentication_failed')
        unless grep { $_ eq signature($server, $id, $time, $r->{body}) } split / /, $signatures;
    my $text = eval { $json->decode($r->{body}) };
    return reply(400, { error => 'body' })
        unless ref $text eq 'HASH'
        && ($text->{id} // '') eq $id
        && ($text->{to} // '') =~ /^\+[1-9]\d{6,14}\z/
        && length($text->{body} // '');
    return error(200, $answers{ $text->{to} }) if $answers{ $text->{to} };
    return [204, {}, ''] if $server->{had}{$id}++;
    push @{ $server->{texts} },
        { to => $text->{to}, body => $text->{body}, from => 'webhook', sid => $id };
    $server->{codes}{ $text->{to} } = $1 if $text->{body} =~ /(?<!\d)(\d{6,10})(?!\d)/;
    return [204, {}, ''];
}

# The Standard Webhooks signature.
sub signature {
    my ($server, $id, $time, $body) = @_;
    my $secret = $server->{secret};
    my $key = $secret =~ /^whsec_(.*)/ ? decode_base64($1) : $secret;
    return 'v1,' . encode_base64(hmac_sha256("$id.$time.$body", $key), '');
}

1;
