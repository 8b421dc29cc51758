# SPDX-License-Identifier: Apache-2.0
# Authy API v1: users/new, sms, verify. Without force=true it is as lenient as Authy, so a client
# that omits it fails its tests. Numbers that trigger an answer: +1 500 555 000N, see %magic.
package Provider::Authy;
use strict;
use warnings;
use JSON::PP ();

my $json = JSON::PP->new->utf8->canonical;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);

my %magic = (
    '+15005550001' => 'invalid',      # users/new: 60027
    '+15005550002' => 'flood',        # sms: 429, 60003
    '+15005550003' => 'suspended',    # sms: 503 without a code
    '+15005550004' => 'unsent',       # sms: 503 without a code
    '+15005550005' => 'short',        # verify: the short form of "wrong"
    '+15005550006' => 'forgotten',    # sms: 60026 for the first id it gets
);

# A JSON answer.
sub reply {
    my ($status, $data) = @_;
    return [$status, { 'Content-Type' => 'application/json' }, $json->encode($data)];
}

# An error in Authy's format.
sub error {
    my ($status, $code, $message, %more) = @_;
    return reply(
        $status,
        {
            message => $message, success => $false, errors => { message => $message, %more },
            defined $code ? (error_code => "$code") : (), %more
        }
    );
}

# Route a request.
sub answer {
    my ($server, $r) = @_;
    return unless $r->{path} =~ m{^/protected/};
    return error(401, 60001, 'Invalid API key')
        if ($r->{headers}{'x-authy-api-key'} // '') ne $server->{key};
    return [200, {}, '{"app":{"name":"test","plan":"pro","sms_enabled":true},"success":true}']
        if $r->{method} eq 'GET' && $r->{path} eq '/protected/json/app/details';
    return new_user($server, $r)
        if $r->{method} eq 'POST' && $r->{path} eq '/protected/json/users/new';
    return send_code($server, $r, $1)
        if $r->{method} eq 'GET' && $r->{path} =~ m{^/protected/json/sms/(\d+)$};
    return verify($server, $r, $1, $2)
        if $r->{method} eq 'GET' && $r->{path} =~ m{^/protected/json/verify/(\d+)/(\d+)$};
    return [
        401, { 'Content-Type' => 'text/plain' },
        'Requested URL was not found. Please check http://docs.authy.com/ to see the valid URLs.'
    ];
}

# users/new: find or create the user.
sub new_user {
    my ($server, $r) = @_;
    my ($email, $phone, $country) =
        map { $r->{form}{"user[$_]"} // '' } qw(email cellphone country_code);
    $phone =~ s/[-. ()]//g;
    my $number = "+$country$phone";
    my %bad;
    $bad{email} = 'is invalid' unless $email =~ /^[^\s@]+@[^\s@]+$/;
    $bad{country_code} = 'is not supported' unless $country =~ /^[1-9]\d{0,3}$/;
    $bad{cellphone} = 'is invalid'
        if $phone !~ /^[1-9]\d{4,14}$/ || ($magic{$number} // '') eq 'invalid';
    return error(400, 60027, 'User was not valid', %bad) if %bad;
    # The real one texts a link to its app, unless told not to.
    push @{ $server->{texts} }, { to => $number, body => 'Install our app', from => 'Authy' }
        unless ($r->{form}{send_install_link_via_sms} // '') eq 'false';
    my $user = $server->{users}{$number};
    if (!$user || $user->{deleted}) {
        my $id = 1000 + keys %{ $server->{by_id} };
        $user = $server->{users}{$number} = $server->{by_id}{$id} =
            { id => $id, number => $number };
    }
    return reply(
        200,
        {
            message => 'User created successfully.', user => { id => $user->{id} },
            success => $true
        }
    );
}

# The user of an id.
sub user_of {
    my ($server, $id) = @_;
    my $user = $server->{by_id}{$id};
    return $user && !$user->{deleted} ? $user : undef;
}

# sms: send a code.
sub send_code {
    my ($server, $r, $id) = @_;
    my $user = user_of($server, $id) or return error(404, 60026, 'User not found.');
    my $kind = $magic{ $user->{number} } // '';
    if ($kind eq 'forgotten' && !$server->{forgot}++) {
        $user->{deleted} = 1;
        return error(404, 60026, 'User not found.');
    }
    return error(429, 60003, 'Too many requests') if $kind eq 'flood';
    return error(503, undef, 'User has been suspended.') if $kind eq 'suspended';
    return error(503, undef, 'SMS token was not sent') if $kind eq 'unsent';
    return reply(
        200,
        {
            success => $true, ignored => $true, device => 'iphone', cellphone => masked($user),
            message =>
                'Ignored: SMS is not needed for smartphones. Pass force=true if you want to '
                . 'actually send it anyway.'
        }
    ) if ($r->{query}{force} // '') ne 'true';
    $user->{code} = sprintf '%07d', int rand 10_000_000;
    $user->{used} = 0;
    $server->{codes}{ $user->{number} } = $user->{code};
    push @{ $server->{texts} },
        { to => $user->{number}, body => "Your code is $user->{code}", from => 'Authy' };
    return reply(
        200,
        { success => $true, message => 'SMS token was sent', cellphone => masked($user) }
    );
}

# A masked number.
sub masked { my ($user) = @_; return '+1-XXX-XXX-XX' . substr $user->{number}, -2 }

# verify: check a code.
sub verify {
    my ($server, $r, $token, $id) = @_;
    my $user = user_of($server, $id) or return error(404, 60026, 'User not found.');
    my $forced = ($r->{query}{force} // '') eq 'true';
    if (!$forced || ($token eq ($user->{code} // '') && !$user->{used})) {
        $user->{used} = 1;
        return reply(
            200,
            {
                message => 'Token is valid.', token => 'is valid', success => 'true',
                device => { id => undef, os_type => 'sms', registration_date => 1500648405 }
            }
        );
    }
    return reply(401, { errors => { token => 'is invalid' }, success => $false })
        if ($magic{ $user->{number} } // '') eq 'short';
    my ($code, $message) =
        $token eq ($user->{code} // '')
        ? (60019, 'Token is invalid. Token was used recently.')
        : (60020, 'Token is invalid');
    return reply(
        401,
        {
            message => $message, token => 'is invalid', success => $false,
            errors => { message => $message },
            error_code => "$code"
        }
    );
}

1;
