# SPDX-License-Identifier: Apache-2.0
# Vonage's SMS API: always HTTP 200, with a status for each part of a text. Numbers that trigger a
# status: +1 500 555 00NN.
package Provider::Vonage;
use strict;
use warnings;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);

my $json = JSON::PP->new->utf8->canonical;
my $gsm_characters = '\x00-\x7f\xa1\xa3-\xa5\xa7\xbf\xc4-\xc7\xc9\xd1\xd6\xd8\xdc\xdf\xe0\xe4-\xe9'
    . '\xec\xf1\xf2\xf6\xf8\xf9\xfc';

# An answer with a status for each part.
sub reply {
    my (@parts) = @_;
    return [
        200, { 'Content-Type' => 'application/json' },
        $json->encode({ 'message-count' => scalar(@parts) . '', messages => \@parts })
    ];
}

# An answer with one failed part.
sub error { my ($status, $text) = @_; return reply({ status => "$status", 'error-text' => $text }) }

# Check a request and accept its text.
sub answer {
    my ($server, $r) = @_;
    return balance($server, $r) if $r->{path} eq '/account/get-balance';
    return unless $r->{path} eq '/sms/json';
    return [405, { 'Content-Type' => 'text/plain' }, ''] if $r->{method} ne 'POST';
    my ($to, $from, $text, $type) = map { $r->{form}{$_} } qw(to from text type);
    return error(2, 'Missing api_key')
        unless defined $r->{headers}{authorization} || defined $r->{form}{api_key};
    return error(4, 'Bad Credentials')
        if ($r->{headers}{authorization} // '') ne 'Basic '
        . encode_base64("$server->{key}:$server->{vonage_secret}", '');
    for (qw(to from text)) {
        return error(2, "Missing $_ param") unless length($r->{form}{$_} // '');
    }
    return error(3, 'Invalid value for param: to') if $to !~ /^[1-9]\d{6,14}\z/;
    return error(3, 'Invalid value for param: type') if ($type // 'text') !~ /^(?:text|unicode)\z/;
    return error(15, 'Illegal Sender Address - rejected')
        if $from !~ /^(?:\d{3,15}|[A-Za-z0-9 &_-]{1,11})\z/;
    # Characters outside the GSM alphabet arrive as question marks.
    $text =~ s/[^$gsm_characters]/?/g if ($type // 'text') eq 'text';
    return error($1 + 0, 'as the number wants it') if $to =~ /^1500555(00\d\d)\z/ && $1 != 6;
    return error(12, 'Message Too Long') if length $text > 3200;
    return taken(
        $server, "+$to", $from, $text,
        ($type // 'text') eq 'text' ? (160, 153) : (70, 67)
    );
}

# The balance of the account.
sub balance {
    my ($server, $r) = @_;
    my $knows = ($r->{headers}{authorization} // '') eq 'Basic '
        . encode_base64("$server->{key}:$server->{vonage_secret}", '');
    return [
        $knows && $r->{method} eq 'GET' ? 200 : 401,
        { 'Content-Type' => 'application/json' },
        $knows ? '{"value":3.14,"autoReload":false}' : '{"error-code":"401"}'
    ];
}

# Record the text; answer with its parts.
sub taken {
    my ($server, $to, $from, $text, $one, $many) = @_;
    my $n = length $text <= $one ? 1 : int((length($text) + $many - 1) / $many);
    my @ids = map { sprintf '%08X%08X', 1 + @{ $server->{texts} }, $_ } 1 .. $n;
    push @{ $server->{texts} }, { to => $to, body => $text, from => $from, sid => $ids[0] };
    $server->{codes}{$to} = $1 if $text =~ /(?<!\d)(\d{6,10})(?!\d)/;
    return reply(
        map { {
            to => substr($to, 1), 'message-id' => $_, status => '0', 'remaining-balance' => '3.14',
            'message-price' => '0.03', network => '23410'
        } } @ids
    );
}

1;
