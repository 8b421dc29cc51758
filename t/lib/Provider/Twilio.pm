# SPDX-License-Identifier: Apache-2.0
# Twilio Programmable Messaging: create a message. The magic numbers are those of Twilio's test
# credentials.
package Provider::Twilio;
use strict;
use warnings;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);

my $json = JSON::PP->new->utf8->canonical;

my %bad_to = (
    '+15005550001' => 21211, '+15005550002' => 21612, '+15005550003' => 21408,
    '+15005550004' => 21610, '+15005550009' => 21614
);
my %bad_from = ('+15005550001' => 21212, '+15005550007' => 21606, '+15005550008' => 21611);
my $e164 = qr/^\+[1-9]\d{6,14}\z/;

# An error in Twilio's format.
sub error {
    my ($status, $code, $message) = @_;
    return [
        $status,
        { 'Content-Type' => 'application/json' },
        $json->encode({
            code => $code, message => $message,
            more_info => "https://www.twilio.com/docs/errors/$code", status => $status
        })
    ];
}

# Route a request.
sub answer {
    my ($server, $r) = @_;
    my ($account, $messages) = $r->{path} =~ m{^/2010-04-01/Accounts/([^/.]+)(/Messages)?\.json$}
        or return;
    my $basic = 'Basic ' . encode_base64("$server->{account}:$server->{token}", '');
    return error(401, 20003, 'Authenticate') if ($r->{headers}{authorization} // '') ne $basic;
    return account($server) if !$messages && $r->{method} eq 'GET';
    return error(404, 20404, 'The requested resource was not found')
        if $account ne $server->{account} || $r->{method} ne 'POST';
    return error(415, 20001, 'Unsupported media type')
        if ($r->{headers}{'content-type'} // '') !~ m{^application/x-www-form-urlencoded\b};
    my ($code, $message) = refused($r->{form});
    return $code ? error(400, $code, $message) : created($server, $r->{form});
}

# The account resource.
sub account {
    my ($server) = @_;
    return [
        200,
        { 'Content-Type' => 'application/json' },
        $json->encode({
            sid => $server->{account}, friendly_name => 'test',
            status => $server->{mode}{account_status} // 'active', type => 'Full'
        })
    ];
}

# Twilio's error code and message for a form; empty: accepted.
sub refused {
    my ($f) = @_;
    my ($to, $from, $service, $body) = @$f{qw(To From MessagingServiceSid Body)};
    return (21604, "A 'To' phone number is required.") unless length($to // '');
    # An unencoded plus has become a blank.
    return (21211, "The 'To' number is not a valid phone number.") if $to !~ $e164;
    return ($bad_to{$to}, "The 'To' number cannot be used.") if $bad_to{$to};
    return (21603, "A 'From' phone number is required.")
        unless length($from // '') || length($service // '');
    return (20001, 'From or MessagingServiceSid, not both.') if defined $from && defined $service;
    return (21212, "The 'From' number is not valid.")
        if defined $service ? $service !~ /^MG[0-9a-fA-F]{32}\z/ : $from !~ $e164
        && $from !~ /^[\w &+-]{1,11}\z/;
    return ($bad_from{$from}, "The 'From' number cannot be used.")
        if defined $from && $bad_from{$from};
    return (21266, "'To' and 'From' number cannot be the same") if ($from // '') eq $to;
    return (21602, 'Message body is required.') unless length($body // '');
    return (21617, 'The concatenated message body exceeds the 1600 character limit.')
        if length $body > 1600;
    return;
}

# Record the text; answer 201.
sub created {
    my ($server, $f) = @_;
    my $sid = sprintf 'SM%032x', 1 + @{ $server->{texts} };
    push @{ $server->{texts} },
        { to => $f->{To}, body => $f->{Body}, from => $f->{From}, sid => $sid };
    $server->{codes}{ $f->{To} } = $1 if $f->{Body} =~ /(?<!\d)(\d{6,10})(?!\d)/;
    my $uri = "/2010-04-01/Accounts/$server->{account}/Messages/$sid";
    return [
        201,
        { 'Content-Type' => 'application/json' },
        $json->encode({
            sid => $sid, account_sid => $server->{account}, api_version => '2010-04-01',
            body => $f->{Body}, to => $f->{To},
            from => $f->{From}, messaging_service_sid => $f->{MessagingServiceSid},
            status => defined $f->{From} ? 'queued' : 'accepted',
            num_segments => defined $f->{From} ? '1' : '0', num_media => '0',
            direction => 'outbound-api', price => undef,
            price_unit => 'USD', error_code => undef, error_message => undef,
            date_created => 'Mon, 23 Nov 2026 09:11:00 +0000',
            date_updated => 'Mon, 23 Nov 2026 09:11:00 +0000', date_sent => undef,
            uri => "$uri.json",
            subresource_uris => { media => "$uri/Media.json" }
        })
    ];
}

1;
